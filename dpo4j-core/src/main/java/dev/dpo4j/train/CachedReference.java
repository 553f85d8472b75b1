/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.nn.LogProbHead.Want;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Reference log-probabilities that were computed once; the model that gave them can be freed. */
public final class CachedReference implements ReferenceLogps {
  private final @Nullable Answers[] answers;

  private CachedReference(int rows) {
    answers = new Answers[rows];
  }

  /**
   * Scores the rows of some micro-batches, each row once.
   *
   * @param batches micro-batches in the order of training; scoring them as they will be trained
   *     makes the first step's log-ratios zero to the bit
   * @param progress told the number of rows done so far
   */
  static CachedReference compute(
      CausalLm model, PairScorer scorer, List<int[]> batches, IntConsumer progress) {
    CachedReference cache = new CachedReference(scorer.size());
    int done = 0;
    for (int[] batch : batches) {
      int[] missing = Arrays.stream(batch).filter(row -> cache.answers[row] == null).toArray();
      if (missing.length > 0) {
        // The whole micro-batch, so that its passes are those of training.
        PairScorer.Scores scores = scorer.score(model, batch, Want.LOGPS);
        for (int i = 0; i < batch.length; i++) {
          if (cache.answers[batch[i]] == null) {
            cache.answers[batch[i]] =
                new Answers(scores.chosen().get(i).logps(), scores.rejected().get(i).logps());
          }
        }
      }
      done += missing.length;
      progress.accept(done);
    }
    return cache;
  }

  @Override
  public List<Answers> of(int[] rows) {
    List<Answers> found = new ArrayList<>();
    for (int row : rows) {
      Answers answer = answers[row];
      if (answer == null) {
        throw new IllegalStateException("the reference was not computed for row " + row);
      }
      found.add(answer);
    }
    return found;
  }

  @Override
  public void close() {
    // Holds no native memory.
  }
}
