/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * How much each token of an answer counts in its log-probability: LD-DPO's weights.
 *
 * <p>Tokens up to the length of the shorter answer count fully, those beyond it {@code alpha}: the
 * longer answer then has less of an advantage, or disadvantage, from its length alone (Liu et al.
 * 2024, "Length Desensitization in Direct Preference Optimization", arXiv 2409.06411).
 *
 * @param alpha weight of the tokens beyond the shared length, from 0 to 1; 1 counts all alike
 */
public record LengthWeights(double alpha) {
  /** Every token counts fully. */
  public static final LengthWeights FULL = new LengthWeights(1);

  /** The weight of the token at a position counted from 0. */
  public double weight(int position, int sharedTokens) {
    return position < sharedTokens ? 1 : alpha;
  }

  /** The weighted sum of an answer's log-probabilities. */
  public double sum(float[] logps, int sharedTokens) {
    double sum = 0;
    for (int i = 0; i < logps.length; i++) {
      sum += weight(i, sharedTokens) * logps[i];
    }
    return sum;
  }
}
