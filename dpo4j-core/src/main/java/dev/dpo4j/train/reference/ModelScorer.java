/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import java.util.List;

/** Tells how likely a model holds both answers of a pair. */
public final class ModelScorer implements ReferenceScorer {
  private final CausalLm model;

  /** Scores with a model, which the caller closes. */
  public ModelScorer(CausalLm model) {
    this.model = model;
  }

  @Override
  public PairScore score(TokenizedPair pair) {
    FlatBatch batch =
        FlatBatch.of(
            List.of(
                FlatBatch.Tree.pair(
                    pair.promptIds(),
                    pair.chosenIds(),
                    pair.rejectedPromptIds(),
                    pair.rejectedIds())));
    TokenStats stats = model.score(batch, LogProbHead.Want.LOGPS);
    return new PairScore(
        stats.sumLogps(batch.entryStart(0), batch.entryEnd(0)),
        stats.sumLogps(batch.entryStart(1), batch.entryEnd(1)),
        batch.entryEnd(0) - batch.entryStart(0),
        batch.entryEnd(1) - batch.entryStart(1));
  }
}
