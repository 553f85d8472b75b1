/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation, with all the fields that its row gave it.
 *
 * <p>The chat template sees every field: besides {@code role} and {@code content} for example
 * {@code tool_calls}, {@code name} or {@code reasoning_content}. A field that is null counts as
 * absent, also when two messages are compared.
 *
 * @param fields field name to plain value (String, Boolean, Long, Double, List, Map)
 */
public record Message(Map<String, @Nullable Object> fields) {
  public Message {
    Map<String, @Nullable Object> kept = new LinkedHashMap<>(fields);
    kept.values().removeIf(Objects::isNull);
    if (!(kept.get("role") instanceof String role) || role.isEmpty()) {
      throw new IllegalArgumentException("a message needs a role but has only " + kept.keySet());
    }
    fields = Collections.unmodifiableMap(kept);
  }

  /** Makes a message of a role and its text. */
  public static Message of(String role, String content) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("role", role);
    fields.put("content", content);
    return new Message(fields);
  }

  /** Makes a system message. */
  public static Message system(String content) {
    return of("system", content);
  }

  /** Makes a user message. */
  public static Message user(String content) {
    return of("user", content);
  }

  /** Makes an assistant message. */
  public static Message assistant(String content) {
    return of("assistant", content);
  }

  /** Returns the fields of several messages. */
  public static List<Map<String, @Nullable Object>> allFields(List<Message> messages) {
    return messages.stream().map(Message::fields).toList();
  }

  /** Returns the role, such as {@code user}. */
  public String role() {
    return (String) Objects.requireNonNull(fields.get("role"));
  }

  /** Returns whether the message is by the assistant. */
  public boolean isAssistant() {
    return "assistant".equals(role());
  }

  /** Returns whether the message says nothing: no text, no tool call, no reasoning. */
  boolean isEmpty() {
    return fields.entrySet().stream()
        .filter(field -> !"role".equals(field.getKey()) && !"name".equals(field.getKey()))
        .allMatch(field -> isNothing(field.getValue()));
  }

  private static boolean isNothing(@Nullable Object value) {
    return "".equals(value)
        || (value instanceof List<?> list && list.stream().allMatch(Message::isEmptyBlock));
  }

  private static boolean isEmptyBlock(@Nullable Object block) {
    return block instanceof Map<?, ?> map
        && "text".equals(map.get("type"))
        && "".equals(map.get("text"));
  }
}
