/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.reference.AnswerScorer;
import java.util.ArrayList;
import java.util.List;

/** Scores the examples of supervised fine-tuning one by one, also where they are packed. */
public final class SftScoring {
  private static final int BATCH = 8;

  private SftScoring() {}

  /**
   * Sums over the learnt tokens of an example.
   *
   * @param loss sum of the losses, nats
   * @param entropy sum of the entropies, nats
   * @param correct tokens that the model itself would have put first
   * @param tokens learnt tokens
   */
  public record Row(double loss, double entropy, int correct, int tokens) {}

  /**
   * Scores examples, in their order.
   *
   * @param dft whether each token is weighed by its own probability, as in training with {@code
   *     dft}
   */
  public static List<Row> score(
      LanguageModel model, ComputeOptions compute, List<TokenizedExample> examples, boolean dft) {
    SftRows rows = new SftRows(examples, null);
    List<Row> scored = new ArrayList<>();
    try (CausalLm network = model.compute(compute)) {
      for (int[] batch : EvalBatches.of(rows.size(), BATCH)) {
        for (List<FlatBatch.Tree> trees : rows.passes(network.config(), batch)) {
          FlatBatch flat = FlatBatch.of(trees);
          AnswerScorer.read(flat, network.score(flat, Want.METRICS))
              .forEach(stats -> scored.add(row(stats, dft)));
        }
      }
    }
    return scored;
  }

  private static Row row(TokenStats stats, boolean dft) {
    double loss = 0;
    for (float logp : stats.logps()) {
      loss -= SftTask.weight(dft, logp) * logp;
    }
    return new Row(loss, stats.entropySum(), stats.correctTokens(), stats.tokens());
  }
}
