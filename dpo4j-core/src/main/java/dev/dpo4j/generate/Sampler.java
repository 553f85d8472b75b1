/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Draws a token from logits. */
final class Sampler {
  private final SamplingOptions options;
  private final SplittableRandom random;

  Sampler(SamplingOptions options) {
    this.options = options;
    this.random = new SplittableRandom(options.seed());
  }

  int next(float[] logits) {
    return options.temperature() == 0 ? argmax(logits) : draw(logits);
  }

  /** The first of the largest, as torch's argmax. */
  static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  private int draw(float[] logits) {
    int[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -logits[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    int allowed = options.topK() > 0 ? Math.min(options.topK(), order.length) : order.length;
    double[] weights = new double[allowed];
    double top = logits[order[0]];
    for (int i = 0; i < allowed; i++) {
      weights[i] = Math.exp((logits[order[i]] - top) / options.temperature());
    }
    double total = Arrays.stream(weights).sum();
    double kept = 0;
    int count = 0;
    while (count < allowed && kept < options.topP() * total) {
      kept += weights[count++];
    }
    double target = random.nextDouble() * kept;
    for (int i = 0; i < count; i++) {
      target -= weights[i];
      if (target < 0) {
        return order[i];
      }
    }
    return order[Math.max(0, count - 1)];
  }
}
