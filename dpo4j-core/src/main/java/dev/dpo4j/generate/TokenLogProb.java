/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * How probable a token was, before temperature and filters.
 *
 * @param id the token
 * @param logProb natural logarithm of its probability
 * @param top the most probable tokens at its place, the most probable first
 */
public record TokenLogProb(int id, double logProb, List<Candidate> top) {
  /** Copies the list. */
  public TokenLogProb {
    top = List.copyOf(top);
  }

  /**
   * A token that could have stood there.
   *
   * @param id the token
   * @param logProb natural logarithm of its probability
   */
  public record Candidate(int id, double logProb) {}

  /**
   * Computes the log-probability of a token and of the most probable ones.
   *
   * @param logits rows of logits
   * @param from where the row begins
   * @param length tokens of the vocabulary
   * @param id the token
   * @param topCount how many of the most probable tokens are wanted, 0 for none
   */
  static TokenLogProb of(float[] logits, int from, int length, int id, int topCount) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + length; i++) {
      max = Math.max(max, logits[i]);
    }
    double sum = 0;
    for (int i = from; i < from + length; i++) {
      sum += Math.exp(logits[i] - max);
    }
    double norm = max + Math.log(sum);
    List<Candidate> top = new ArrayList<>();
    for (int best : largest(logits, from, length, topCount)) {
      top.add(new Candidate(best, logits[from + best] - norm));
    }
    return new TokenLogProb(id, logits[from + id] - norm, top);
  }

  /** The ids of the largest values in falling order; of equal ones the lower id comes first. */
  private static int[] largest(float[] values, int from, int length, int count) {
    int[] best = new int[Math.min(count, length)];
    int size = 0;
    for (int id = 0; id < length && best.length > 0; id++) {
      float value = values[from + id];
      if (size == best.length && !(value > values[from + best[size - 1]])) {
        continue;
      }
      int place = size < best.length ? size++ : size - 1;
      while (place > 0 && value > values[from + best[place - 1]]) {
        best[place] = best[place - 1];
        place--;
      }
      best[place] = id;
    }
    return best;
  }
}
