/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads columns that are a string or a list of messages. */
public final class Answers {
  private Answers() {}

  /** Lets a string or a list pass. */
  public static Object check(String column, Object value) {
    if (value instanceof String || value instanceof List) {
      return value;
    }
    throw new RowFault(
        "%s must be a string or a list of messages but is %s"
            .formatted(column, Columns.kind(value)));
  }

  /** Reads a list of messages; a string beside lists is the text of an assistant message. */
  public static List<Message> messages(String column, Object value, Set<RowEvent> notes) {
    if (value instanceof String text) {
      notes.add(RowEvent.MIXED_FORMS);
      return List.of(Message.assistant(text));
    }
    List<Message> messages = new ArrayList<>();
    for (Object element : (List<?>) value) {
      messages.add(message(column, messages.size(), element));
    }
    return messages;
  }

  private static Message message(String column, int place, @Nullable Object element) {
    String where = "%s[%d]".formatted(column, place);
    if (!(element instanceof Map<?, ?> map)) {
      throw new RowFault(
          "%s must be a message {\"role\": ..., \"content\": ...} but is %s"
              .formatted(where, Columns.kind(element)));
    }
    if (!(map.get("role") instanceof String role) || role.isEmpty()) {
      throw new RowFault(
          "%s.role must be a string such as \"user\" but is %s; the message has %s.%s"
              .formatted(
                  where,
                  Columns.kind(map.get("role")),
                  map.keySet(),
                  map.containsKey("from")
                      ? " This looks like the ShareGPT form: rename \"from\" to \"role\" and \"value\" to \"content\", or put the messages before the answers into \"conversations\"."
                      : ""));
    }
    Object content = map.get("content");
    if (content != null && !(content instanceof String) && !(content instanceof List)) {
      throw new RowFault(
          "%s.content must be a string but is %s".formatted(where, Columns.kind(content)));
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    map.forEach((name, field) -> fields.put(String.valueOf(name), field));
    if (content instanceof List<?> parts) {
      fields.put("content", ContentParts.join(where + ".content", parts));
    }
    return new Message(fields);
  }

  /**
   * Tells what a string prompt beside conversations means: whether both conversations already start
   * with it (after system messages), or whether it comes before them.
   */
  public static boolean bothRepeatPrompt(
      String prompt, List<Message> chosen, List<Message> rejected) {
    boolean inChosen = startsWith(prompt, chosen);
    boolean inRejected = startsWith(prompt, rejected);
    if (inChosen && inRejected) {
      return true;
    }
    if (inChosen != inRejected || hasUser(chosen) || hasUser(rejected)) {
      throw new RowFault(
          "prompt is a string, but %s. Remove the prompt column, or leave only the answer in chosen and rejected."
              .formatted(
                  inChosen != inRejected
                      ? "only " + (inChosen ? "chosen" : "rejected") + " starts with it"
                      : "chosen and rejected have user messages of their own that do not start with it"));
    }
    return false;
  }

  /**
   * Tells whether a completion beside a string prompt is the whole conversation, which starts with
   * it, or only what comes after it.
   */
  public static boolean repeatsPrompt(String prompt, List<Message> completion) {
    if (!hasUser(completion)) {
      return false;
    }
    if (completion.size() < 2 || !startsWith(prompt, completion)) {
      throw new RowFault(
          "prompt is a string, but completion has user messages of its own that do not start with it. Remove the prompt column, or leave only the answer in completion.");
    }
    return true;
  }

  private static boolean startsWith(String prompt, List<Message> messages) {
    for (Message message : messages) {
      if ("user".equals(message.role())) {
        return message.fields().get("content") instanceof String text
            && text.strip().equals(prompt.strip());
      }
      if (message.isAssistant()) {
        return false;
      }
    }
    return false;
  }

  private static boolean hasUser(List<Message> messages) {
    return messages.stream().anyMatch(message -> "user".equals(message.role()));
  }
}
