/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.data.file.JsonText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A chat completion.
 *
 * @param content what the model said
 * @param finishReason why it ended, such as {@code stop} or {@code length}; empty if not said
 */
public record ChatCompletion(String content, String finishReason) {

  /**
   * Reads the body of a response.
   *
   * @throws InvalidReplyException if it is not a chat completion with a text
   */
  public static ChatCompletion parse(String body) {
    Map<String, ? extends @Nullable Object> json;
    try {
      json = JsonText.readObject(body);
    } catch (IllegalArgumentException e) {
      throw new InvalidReplyException("the body " + e.getMessage());
    }
    if (json.get("choices") instanceof List<?> choices
        && !choices.isEmpty()
        && choices.get(0) instanceof Map<?, ?> choice
        && choice.get("message") instanceof Map<?, ?> message) {
      if (message.get("content") instanceof String content && !content.isBlank()) {
        Object reason = choice.get("finish_reason");
        return new ChatCompletion(content, reason instanceof String text ? text : "");
      }
      throw new InvalidReplyException(
          "the reply has no text (finish_reason " + choice.get("finish_reason") + ")");
    }
    throw new InvalidReplyException(
        "the body is no chat completion: expected choices[0].message, found the keys "
            + json.keySet());
  }

  /** The content without what a model that thinks aloud wrote before its answer. */
  public String afterThinking() {
    int end = content.lastIndexOf("</think>");
    return (end < 0 ? content : content.substring(end + "</think>".length())).strip();
  }
}
