/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.train.loop.RankRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Reference log-probabilities that were computed once; the model that gave them can be freed. */
public final class CachedReference implements ReferenceLogps {
  private final AnswerStore answers;

  private CachedReference(int rows) {
    answers = new AnswerStore(rows, AnswerStore.HEAP_BYTES);
  }

  /**
   * Scores the rows of some micro-batches, each row once.
   *
   * @param batches micro-batches in the order of training; scoring them as they will be trained
   *     makes the first step's log-ratios zero to the bit
   * @param help what spares or shares the work
   * @param stopRequested asked before each micro-batch; after a yes the rest is left out
   * @param progress told the number of rows done so far
   */
  public static CachedReference compute(
      CausalLm model,
      PairScorer scorer,
      List<int[]> batches,
      Help help,
      BooleanSupplier stopRequested,
      IntConsumer progress) {
    CachedReference cache = new CachedReference(scorer.size());
    int done = 0;
    for (int[] batch : batches) {
      if (stopRequested.getAsBoolean()) {
        break; // The loop does no step either.
      }
      int[] missing = Arrays.stream(batch).filter(row -> !cache.answers.has(row)).toArray();
      if (missing.length > 0) {
        // The whole micro-batch, so that its passes are those of training.
        List<Answers> own = new ArrayList<>();
        for (int[] pass : scorer.passes(help.share().own(batch))) {
          own.addAll(answers(model, scorer, pass, help.file()));
        }
        cache.keep(batch, help.all(own));
      }
      done += missing.length;
      progress.accept(done);
    }
    return cache;
  }

  /**
   * What spares or shares the work.
   *
   * @param file where passes that were scored before are found and new ones are kept, or null
   * @param share which rows this process scores
   */
  public record Help(@Nullable ReferenceFile file, RankRows share) {
    /** The answers of a batch that all processes have scored. */
    private List<Answers> all(List<Answers> own) {
      if (!share.ranks().isSeveral()) {
        return own;
      }
      List<double[]> numbers = new ArrayList<>();
      for (Answers answers : own) {
        numbers.add(doubles(answers.chosen()));
        numbers.add(doubles(answers.rejected()));
      }
      List<double[]> found = share.all(numbers);
      List<Answers> all = new ArrayList<>();
      for (int i = 0; i < found.size(); i += 2) {
        all.add(new Answers(floats(found.get(i)), floats(found.get(i + 1))));
      }
      return all;
    }
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static float[] floats(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  private void keep(int[] batch, List<Answers> found) {
    for (int i = 0; i < batch.length; i++) {
      answers.put(batch[i], found.get(i));
    }
  }

  private static List<Answers> answers(
      CausalLm model, PairScorer scorer, int[] pass, @Nullable ReferenceFile file) {
    byte[] key =
        file == null
            ? new byte[0]
            : ReferenceFile.key(Arrays.stream(pass).mapToObj(scorer::pair).toList());
    List<Answers> known = file == null ? null : file.find(key);
    if (known != null) {
      return known;
    }
    List<Answers> found = scorer.answers(model, pass);
    if (file != null) {
      file.put(key, found);
    }
    return found;
  }

  @Override
  public List<Answers> of(int[] rows) {
    List<Answers> found = new ArrayList<>();
    for (int row : rows) {
      Answers answer = answers.get(row);
      if (answer == null) {
        throw new IllegalStateException("the reference was not computed for row " + row);
      }
      found.add(answer);
    }
    return found;
  }

  @Override
  public void close() {
    answers.close();
  }
}
