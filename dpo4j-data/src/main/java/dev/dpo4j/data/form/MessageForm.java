/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import dev.dpo4j.data.row.Tags;
import dev.dpo4j.data.row.Tags.Speaker;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads conversations as ShareGPT and OpenAI write them: a list of messages, with the answers of a
 * pair or the label of KTO in columns beside it.
 *
 * <p>Calls of tools become {@code tool_calls} of the assistant, their results messages of the role
 * {@code tool}, which is what chat templates know.
 */
final class MessageForm {
  private static final String THOUGHT_END = "</think>";

  private final Tags tags;

  private MessageForm(Tags tags) {
    this.tags = tags;
  }

  static void convert(RowMapper row, ColumnNames names, Tags tags) {
    new MessageForm(tags).convert(row, names);
  }

  private void convert(RowMapper row, ColumnNames names) {
    row.require(names.messages(), "the messages");
    List<Object> messages = messages(names.messages(), row.list(names.messages()));
    String system = row.text(names.system());
    if (!system.isEmpty() && !startsWithSystem(messages)) {
      messages.add(0, AlpacaForm.message("system", system));
    }
    if (messages.isEmpty()) {
      throw new RowFault(names.messages() + " is an empty list: expected at least one message");
    }
    ToolColumn.convert(row, names.tools());
    if (names.chosen() != null || names.rejected() != null) {
      row.put("prompt", messages);
      row.put("chosen", answer(names.chosen(), row.require(names.chosen(), "the better answer")));
      row.put(
          "rejected", answer(names.rejected(), row.require(names.rejected(), "the worse answer")));
      return;
    }
    row.put("messages", messages);
    if (names.ktoTag() != null) {
      row.put("label", row.label(names.ktoTag()));
    }
  }

  private static boolean startsWithSystem(List<Object> messages) {
    return !messages.isEmpty()
        && messages.get(0) instanceof Map<?, ?> first
        && "system".equals(first.get("role"));
  }

  /** An answer may be one message, several, or the text of one. */
  private List<Object> answer(@Nullable String column, Object value) {
    if (value instanceof String text) {
      return List.of(AlpacaForm.message("assistant", text));
    }
    List<Object> answer = messages(column, value instanceof List<?> list ? list : List.of(value));
    if (answer.isEmpty()
        || !(answer.get(answer.size() - 1) instanceof Map<?, ?> last)
        || !"assistant".equals(last.get("role"))) {
      throw new RowFault(column + " must end with a message of the assistant");
    }
    return answer;
  }

  private List<Object> messages(@Nullable String column, @Nullable List<?> list) {
    List<Object> messages = new ArrayList<>();
    for (Object element : list == null ? List.of() : list) {
      messages.add(message("%s[%d]".formatted(column, messages.size()), element));
    }
    return messages;
  }

  private Map<String, Object> message(String where, @Nullable Object element) {
    if (!(element instanceof Map<?, ?> map)) {
      throw new RowFault(
          "%s must be a message {\"%s\": ..., \"%s\": ...} but is %s"
              .formatted(where, tags.roleTag(), tags.contentTag(), Columns.kind(element)));
    }
    Object tag = map.get(tags.roleTag());
    Speaker speaker = tag instanceof String name ? tags.speakers().get(name) : null;
    if (speaker == null) {
      throw new RowFault(
          "%s.%s must be one of %s but is %s; the message has %s. Other words are named under \"tags\" in dataset_info.json."
              .formatted(
                  where,
                  tags.roleTag(),
                  tags.speakers().keySet(),
                  tag instanceof String ? "\"" + tag + "\"" : Columns.kind(tag),
                  map.keySet()));
    }
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", speaker.role());
    Object content = map.get(tags.contentTag());
    if (speaker == Speaker.FUNCTION_CALL && !map.containsKey("tool_calls")) {
      addCalls(message, where, content);
    } else if (content != null) {
      message.put("content", content);
    }
    map.forEach(
        (field, value) -> {
          if (!tags.roleTag().equals(field) && !tags.contentTag().equals(field) && value != null) {
            message.putIfAbsent(String.valueOf(field), value);
          }
        });
    return message;
  }

  /** Reads a call, or a list of them; before it may stand what the model thought. */
  private static void addCalls(
      Map<String, Object> message, String where, @Nullable Object content) {
    String text = content instanceof String given ? given : "";
    int thought = text.strip().startsWith("<think>") ? text.indexOf(THOUGHT_END) : -1;
    int start = thought < 0 ? 0 : thought + THOUGHT_END.length();
    Object calls;
    try {
      calls = JsonRows.parse(text.substring(start));
    } catch (RowFault e) {
      throw new RowFault("%s calls a tool, but its content %s".formatted(where, e.text()));
    }
    List<Object> list = new ArrayList<>();
    for (Object call : calls instanceof List<?> several ? several : listOf(calls)) {
      if (!(call instanceof Map<?, ?> map)
          || !(map.get("name") instanceof String name)
          || map.get("arguments") == null) {
        throw new RowFault(
            "%s calls a tool: its content must be {\"name\": ..., \"arguments\": ...} in JSON, or a list of such objects"
                .formatted(where));
      }
      Object arguments = Objects.requireNonNull(map.get("arguments"));
      Map<String, Object> function = Columns.object("name", name, "arguments", arguments);
      list.add(Columns.object("type", "function", "function", function));
    }
    message.put("content", text.substring(0, start).strip());
    message.put("tool_calls", list);
  }

  private static List<@Nullable Object> listOf(@Nullable Object value) {
    List<@Nullable Object> list = new ArrayList<>();
    list.add(value);
    return list;
  }
}
