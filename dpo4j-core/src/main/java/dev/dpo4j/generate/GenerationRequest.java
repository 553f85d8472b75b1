/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.generate.constrain.TokenFilter;
import org.jspecify.annotations.Nullable;

/**
 * One answer that is wanted.
 *
 * @param prompt tokens that the answer continues, at least one
 * @param sampling how tokens are chosen, with the seed of this answer
 * @param stops what ends the answer before its limit
 * @param topLogProbs how many of the most probable tokens are told with each log-probability; -1
 *     for no log-probabilities at all
 * @param filter which tokens may come next, made for this answer; null for any
 * @param priority requests of a higher one begin first; of equal ones the older
 * @param listener hears of the answer while it grows
 */
@SuppressWarnings("ArrayRecordComponent") // tokens on their way to the model; never compared
public record GenerationRequest(
    int[] prompt,
    SamplingOptions sampling,
    StopRules stops,
    int topLogProbs,
    @Nullable TokenFilter filter,
    int priority,
    TokenListener listener) {
  /** Copies the prompt. */
  public GenerationRequest {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens: nothing to continue");
    }
    prompt = prompt.clone();
  }

  /** A request of normal priority without log-probabilities. */
  public static GenerationRequest of(int[] prompt, SamplingOptions sampling, StopRules stops) {
    return new GenerationRequest(prompt, sampling, stops, -1, null, 0, TokenListener.NONE);
  }

  /** The same with another listener. */
  public GenerationRequest withListener(TokenListener other) {
    return new GenerationRequest(prompt, sampling, stops, topLogProbs, filter, priority, other);
  }

  /** The same with log-probabilities and that many alternatives for each token. */
  public GenerationRequest withLogProbs(int top) {
    return new GenerationRequest(prompt, sampling, stops, top, filter, priority, listener);
  }

  /** The same with a filter, or with none. */
  public GenerationRequest withFilter(@Nullable TokenFilter other) {
    return new GenerationRequest(prompt, sampling, stops, topLogProbs, other, priority, listener);
  }

  /** The same with another priority. */
  public GenerationRequest withPriority(int other) {
    return new GenerationRequest(prompt, sampling, stops, topLogProbs, filter, other, listener);
  }
}
