/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.Arrays;

/**
 * The tokens that may be drawn, with their weights.
 *
 * <p>The filters are those of transformers, each working on what the one before left: top k keeps
 * every token that ties with the k-th; top p removes the least probable tokens while what is
 * removed has together at most probability 1 - p (of equal ones those with the lower id go first);
 * min p compares with the highest probability. At least one token stays. Sums are in double where
 * transformers has float32, so a token whose probability lies on the border to seven digits can be
 * decided otherwise.
 */
public final class Candidates {
  /** Nats that a bucket of the cumulative search is wide, and how many there are. */
  private static final double BUCKET = 1 / 16.0;

  private static final int BUCKETS = 1024;

  private final float[] scores;
  private final int[] ids;
  private final double[] weights;
  private int count;

  private Candidates(float[] scores) {
    this.scores = scores;
    this.ids = new int[scores.length];
    this.weights = new double[scores.length];
  }

  /**
   * Returns the distribution from which the next token is drawn, without a repetition penalty.
   *
   * @param logits {@code [vocabulary]}
   * @param options temperature above 0, top k, top p and min p
   * @return the probability of each token, 0 for those that were filtered out
   */
  public static double[] probabilities(float[] logits, SamplingOptions options) {
    Candidates left = of(heated(logits.clone(), options), options);
    double[] all = new double[logits.length];
    double[] kept = left.probabilities();
    for (int i = 0; i < kept.length; i++) {
      all[left.ids[i]] = kept[i];
    }
    return all;
  }

  /** Divides the logits by the temperature, in place, and returns them. */
  static float[] heated(float[] logits, SamplingOptions options) {
    float temperature = (float) options.temperature();
    for (int i = 0; i < logits.length; i++) {
      logits[i] /= temperature;
    }
    return logits;
  }

  /**
   * Filters scores.
   *
   * @param scores logits after penalty and temperature, {@code [vocabulary]}
   * @throws ArithmeticException if none of them is a finite number
   */
  static Candidates of(float[] scores, SamplingOptions options) {
    Candidates all = new Candidates(scores);
    float least = options.topK() > 0 ? kthLargest(scores, options.topK()) : Float.NEGATIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] >= least) {
        all.ids[all.count++] = id;
        max = Math.max(max, scores[id]);
      }
    }
    if (!Float.isFinite(max)) {
      throw notFinite(all.count == 0 ? Float.NaN : max);
    }
    for (int i = 0; i < all.count; i++) {
      all.weights[i] = Math.exp((double) scores[all.ids[i]] - max);
    }
    if (options.topP() < 1) {
      all.keepTopP(options.topP(), max);
    }
    if (options.minP() > 0) {
      all.keepMinP(options.minP());
    }
    return all;
  }

  /** Says why no token can be chosen. */
  static ArithmeticException notFinite(float highest) {
    return new ArithmeticException(
        "no token can be drawn: the highest logit is %s. The weights or the activations of the model are not finite"
            .formatted(Float.isNaN(highest) ? "not a number" : String.valueOf(highest)));
  }

  /** The ids that are left, ascending. */
  int[] ids() {
    return Arrays.copyOf(ids, count);
  }

  /** The probabilities of {@link #ids()}; their sum is 1. */
  double[] probabilities() {
    double total = total();
    return Arrays.stream(weights, 0, count).map(weight -> weight / total).toArray();
  }

  /**
   * Draws a token.
   *
   * @param uniform a number in [0, 1)
   */
  int draw(double uniform) {
    double target = uniform * total();
    for (int i = 0; i < count; i++) {
      target -= weights[i];
      if (target < 0) {
        return ids[i];
      }
    }
    // Rounding left something over: the last token that has any weight.
    int last = count - 1;
    while (last > 0 && weights[last] == 0) {
      last--;
    }
    return ids[last];
  }

  private double total() {
    double total = 0;
    for (int i = 0; i < count; i++) {
      total += weights[i];
    }
    return total;
  }

  /** The k-th largest value, by sorting only what can be among the k. */
  static float kthLargest(float[] values, int k) {
    if (k >= values.length) {
      return Float.NEGATIVE_INFINITY;
    }
    // A heap of the k largest with the smallest at its root.
    float[] heap = Arrays.copyOf(values, k);
    for (int i = k / 2 - 1; i >= 0; i--) {
      sink(heap, i);
    }
    for (int i = k; i < values.length; i++) {
      if (values[i] > heap[0]) {
        heap[0] = values[i];
        sink(heap, 0);
      }
    }
    return heap[0];
  }

  private static void sink(float[] heap, int from) {
    int i = from;
    float value = heap[i];
    while (2 * i + 1 < heap.length) {
      int child = 2 * i + 1;
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= value) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = value;
  }

  /**
   * Finds the border by the mass of buckets of equal width in the logit, and sorts the one bucket
   * in which it lies: the whole vocabulary need not be sorted.
   */
  private void keepTopP(double topP, float max) {
    double removable = (1 - topP) * total();
    double[] mass = new double[BUCKETS];
    for (int i = 0; i < count; i++) {
      mass[bucket(i, max)] += weights[i];
    }
    double removed = 0;
    int border = BUCKETS - 1;
    while (border > 0 && removed + mass[border] <= removable) {
      removed += mass[border--];
    }
    long[] inside = new long[count];
    int size = 0;
    for (int i = 0; i < count; i++) {
      if (bucket(i, max) == border) {
        inside[size++] = ((long) sortable(scores[ids[i]]) << 32) | i;
      }
    }
    Arrays.sort(inside, 0, size);
    boolean[] drop = new boolean[count];
    for (int i = 0; i < size - (border == 0 ? 1 : 0); i++) {
      int at = (int) inside[i];
      removed += weights[at];
      if (removed > removable) {
        break;
      }
      drop[at] = true;
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (!drop[i] && bucket(i, max) <= border) {
        keep(kept++, i);
      }
    }
    count = kept;
  }

  private int bucket(int i, float max) {
    double below = ((double) max - scores[ids[i]]) / BUCKET;
    return below < BUCKETS - 1 ? (int) below : BUCKETS - 1;
  }

  /** An int that orders as the float does. */
  private static int sortable(float value) {
    int bits = Float.floatToIntBits(value);
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }

  private void keepMinP(double minP) {
    double top = 0;
    for (int i = 0; i < count; i++) {
      top = Math.max(top, weights[i]);
    }
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] >= minP * top) {
        keep(kept++, i);
      }
    }
    count = kept;
  }

  private void keep(int to, int from) {
    ids[to] = ids[from];
    weights[to] = weights[from];
  }
}
