/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.generate.constrain.TokenFilter;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Chooses the tokens of one sequence from logits; its draws depend on its seed alone. */
final class Sampler {
  private final SamplingOptions options;
  private final SplittableRandom random;
  private final BitSet seen = new BitSet();

  /**
   * Makes the sampler of a sequence.
   *
   * @param prompt the tokens that the repetition penalty counts as seen
   */
  Sampler(SamplingOptions options, int[] prompt) {
    this.options = options;
    this.random = new SplittableRandom(options.seed());
    if (isPenalised()) {
      Arrays.stream(prompt).forEach(seen::set);
    }
  }

  /** Chooses the next token out of all. */
  int next(float[] logits, int row, int vocabulary) {
    return next(logits, row, vocabulary, null);
  }

  /**
   * Chooses the next token.
   *
   * @param logits rows of logits
   * @param row which of them
   * @param vocabulary length of a row
   * @param filter which tokens may come next, or null for any
   * @throws ArithmeticException if the logits are not finite
   */
  int next(float[] logits, int row, int vocabulary, @Nullable TokenFilter filter) {
    int from = row * vocabulary;
    boolean penalised = isPenalised();
    if (options.isGreedy() && !penalised && filter == null) {
      return argmax(logits, from, vocabulary);
    }
    float[] scores = Arrays.copyOfRange(logits, from, from + vocabulary);
    if (penalised) {
      penalise(scores);
    }
    if (filter != null) {
      filter.mask(scores);
    }
    int id = options.isGreedy() ? argmax(scores, 0, vocabulary) : draw(scores);
    if (penalised) {
      seen.set(id);
    }
    return id;
  }

  /** Whether a token is chosen from all of them, by its logit and one draw alone. */
  boolean isPlain() {
    boolean all = options.topK() == 0 && options.topP() == 1 && options.minP() == 0;
    return !isPenalised() && (options.isGreedy() || all);
  }

  /** What logits are divided by; 0 takes the largest. */
  double temperature() {
    return options.temperature();
  }

  /** The next draw, in [0, 1); none is used up where nothing is drawn. */
  double uniform() {
    return options.isGreedy() ? 0 : random.nextDouble();
  }

  private boolean isPenalised() {
    return options.repetitionPenalty() != 1;
  }

  /** Makes what was seen less probable, whether its logit is positive or negative. */
  private void penalise(float[] scores) {
    float penalty = (float) options.repetitionPenalty();
    for (int id = seen.nextSetBit(0); id >= 0 && id < scores.length; id = seen.nextSetBit(id + 1)) {
      scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
    }
  }

  private int draw(float[] scores) {
    return Candidates.of(Candidates.heated(scores, options), options).draw(random.nextDouble());
  }

  /** The first of the largest, as torch's argmax. */
  private static int argmax(float[] values, int from, int length) {
    int best = from;
    for (int i = from + 1; i < from + length; i++) {
      if (values[i] > values[best] || Float.isNaN(values[i])) {
        best = i;
      }
    }
    if (!Float.isFinite(values[best])) {
      throw Candidates.notFinite(values[best]);
    }
    return best - from;
  }
}
