/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

/**
 * How the next token is chosen. Names, order and rules are those of transformers' logits
 * processors: repetition penalty, temperature, top k, top p, min p.
 *
 * @param maxNewTokens most tokens to generate
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topK only tokens at least as probable as the k-th may be drawn; 0 for all
 * @param topP only the most probable tokens that together reach this probability may be drawn
 * @param minP only tokens with at least this share of the highest probability may be drawn; 0 for
 *     all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that stand in
 *     the prompt or the answer; 1 for none (arXiv 1909.05858, section 4.1)
 * @param seed seed of the draws
 */
public record SamplingOptions(
    int maxNewTokens,
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    long seed) {
  public SamplingOptions {
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException(
          "max_new_tokens must be at least 1 but was " + maxNewTokens);
    }
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "temperature must be a finite number of at least 0 but was " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k must be at least 0 but was " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be in (0, 1] but was " + topP);
    }
    if (!(minP >= 0 && minP <= 1)) {
      throw new IllegalArgumentException("min_p must be in [0, 1] but was " + minP);
    }
    if (!(repetitionPenalty > 0)) {
      throw new IllegalArgumentException(
          "repetition_penalty must be greater than 0 but was " + repetitionPenalty);
    }
  }

  /** Always the most probable token. */
  public static SamplingOptions greedy(int maxNewTokens) {
    return new SamplingOptions(maxNewTokens, 0, 0, 1, 0, 1, 0);
  }

  /** Whether the most probable token is taken and nothing is drawn. */
  public boolean isGreedy() {
    return temperature == 0;
  }

  /** The same with another seed. */
  public SamplingOptions withSeed(long otherSeed) {
    return new SamplingOptions(
        maxNewTokens, temperature, topK, topP, minP, repetitionPenalty, otherSeed);
  }
}
