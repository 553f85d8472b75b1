/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.FlatBatch;
import dev.dpo4j.data.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import java.util.List;

/** Tells how likely both answers of a pair are. */
@FunctionalInterface
public interface ReferenceScorer {
  /** Scores a pair. */
  PairScore score(TokenizedPair pair);

  /** Scores with a model, which the caller closes. */
  static ReferenceScorer of(CausalLm model) {
    return pair -> {
      FlatBatch batch =
          FlatBatch.of(
              List.of(FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
      TokenStats stats = model.score(batch, LogProbHead.Want.LOGPS);
      return new PairScore(
          stats.sumLogps(batch.entryStart(0), batch.entryEnd(0)),
          stats.sumLogps(batch.entryStart(1), batch.entryEnd(1)),
          batch.entryEnd(0) - batch.entryStart(0),
          batch.entryEnd(1) - batch.entryStart(1));
    };
  }
}
