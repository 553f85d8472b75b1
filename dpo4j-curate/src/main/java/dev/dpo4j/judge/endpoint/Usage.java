/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.data.file.JsonText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What replies have used, as the server counts it.
 *
 * @param replies number of replies
 * @param promptTokens tokens that were read
 * @param completionTokens tokens that were written
 * @param uncounted replies in which the server did not say
 */
public record Usage(long replies, long promptTokens, long completionTokens, long uncounted) {
  /** Nothing. */
  public static final Usage NONE = new Usage(0, 0, 0, 0);

  static Usage of(String body) {
    try {
      Map<String, ? extends @Nullable Object> json = JsonText.readObject(body);
      if (json.get("usage") instanceof Map<?, ?> usage
          && usage.get("prompt_tokens") instanceof Long prompt
          && usage.get("completion_tokens") instanceof Long completion) {
        return new Usage(1, prompt, completion, 0);
      }
    } catch (IllegalArgumentException e) {
      return new Usage(1, 0, 0, 1);
    }
    return new Usage(1, 0, 0, 1);
  }

  /** The sum of two usages. */
  public Usage plus(Usage other) {
    return new Usage(
        replies + other.replies,
        promptTokens + other.promptTokens,
        completionTokens + other.completionTokens,
        uncounted + other.uncounted);
  }

  /**
   * The cost.
   *
   * @param promptPrice price of a million tokens that are read
   * @param completionPrice price of a million tokens that are written
   */
  public double cost(double promptPrice, double completionPrice) {
    return (promptTokens * promptPrice + completionTokens * completionPrice) / 1e6;
  }
}
