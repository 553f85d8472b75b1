/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.train.loop.EvalBatches;
import dev.dpo4j.train.loop.RowsPerPass;
import dev.dpo4j.train.reference.AnswerScorer;
import java.util.List;
import java.util.function.IntConsumer;

/** Scores single answers with one model, under their own prompts and under those of others. */
public final class UnpairedScoring {
  private static final int BATCH = 8;

  private UnpairedScoring() {}

  /**
   * Log-probabilities, nats.
   *
   * @param own of each answer under its prompt
   * @param mismatched of each answer under the prompt of a neighbour
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Scores(double[] own, double[] mismatched) {}

  /**
   * Scores all answers.
   *
   * @param limits how the rows were cut
   * @param progress told the number of rows done so far
   */
  public static Scores score(
      LanguageModel model,
      ComputeOptions compute,
      List<TokenizedExample> rows,
      LengthLimits limits,
      IntConsumer progress) {
    AnswerScorer scorer = new AnswerScorer(rows, limits, RowsPerPass.of(model.config()));
    Scores scores = new Scores(new double[rows.size()], new double[rows.size()]);
    try (CausalLm network = model.compute(compute)) {
      for (int[] batch : EvalBatches.of(rows.size(), BATCH)) {
        List<TokenStats> own = scorer.score(network, AnswerScorer.own(batch), Want.LOGPS);
        List<TokenStats> others = scorer.score(network, scorer.mismatched(batch), Want.LOGPS);
        for (int i = 0; i < batch.length; i++) {
          scores.own[batch[i]] = own.get(i).logp();
          scores.mismatched[batch[i]] = others.get(i).logp();
        }
        progress.accept(batch[batch.length - 1] + 1);
      }
    }
    return scores;
  }
}
