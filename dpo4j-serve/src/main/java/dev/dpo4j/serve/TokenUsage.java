/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.generate.SampleSeeds;
import java.util.LinkedHashMap;
import java.util.Map;

/** What both kinds of replies count. */
final class TokenUsage {
  private TokenUsage() {}

  /** The tokens that a request took. */
  static Map<String, Object> of(int promptTokens, int answerTokens) {
    Map<String, Object> usage = new LinkedHashMap<>();
    usage.put("prompt_tokens", promptTokens);
    usage.put("completion_tokens", answerTokens);
    usage.put("total_tokens", promptTokens + answerTokens);
    return usage;
  }

  /** The seed of one of the answers to a request: of the first, the request's own. */
  static long seed(long seed, int sample) {
    return sample == 0 ? seed : SampleSeeds.of(seed, 0, sample);
  }
}
