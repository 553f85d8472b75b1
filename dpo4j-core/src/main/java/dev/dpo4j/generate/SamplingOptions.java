/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

/**
 * How the next token is chosen.
 *
 * @param maxNewTokens most tokens to generate
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topK only the k most probable tokens may be drawn; 0 for all
 * @param topP only the most probable tokens that together reach this probability may be drawn
 * @param seed seed of the draws
 */
public record SamplingOptions(
    int maxNewTokens, double temperature, int topK, double topP, long seed) {
  public SamplingOptions {
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("max_new_tokens must be >= 1 but was " + maxNewTokens);
    }
    if (!(temperature >= 0)) {
      throw new IllegalArgumentException("temperature must be >= 0 but was " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k must be >= 0 but was " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p must be in (0, 1] but was " + topP);
    }
  }

  /** Always the most probable token. */
  public static SamplingOptions greedy(int maxNewTokens) {
    return new SamplingOptions(maxNewTokens, 0, 0, 1, 0);
  }
}
