/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.io.Checksums;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for one chat completion.
 *
 * @param model name of the model at the endpoint
 * @param messages the conversation
 * @param temperature of the draws; null leaves it to the server
 * @param maxTokens most tokens of the reply; null leaves it to the server
 * @param variant tells requests apart that are equal but want different replies; it is not sent
 */
public record ChatRequest(
    String model,
    List<Message> messages,
    @Nullable Double temperature,
    @Nullable Integer maxTokens,
    int variant) {
  public ChatRequest {
    messages = List.copyOf(messages);
  }

  /** What is sent. */
  String body() {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("model", model);
    body.put("messages", Message.allFields(messages));
    if (temperature != null) {
      body.put("temperature", temperature);
    }
    if (maxTokens != null) {
      body.put("max_tokens", maxTokens);
    }
    return JsonText.write(body);
  }

  /** A hash of what is asked: requests with the same key are paid once. */
  String key() {
    return Checksums.of(body() + "\n" + variant);
  }
}
