/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.form.PromptRow.Response;
import dev.dpo4j.data.row.Answers;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TextPair;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the prompt of a row of any form, and the answers beside it. */
public final class PromptForms {
  private static final String FORMS =
      "\"prompt\" or \"messages\", or the columns of a preference pair";

  private PromptForms() {}

  /** Reads a row; raises {@link RowFault} for one without a prompt. */
  public static PromptRow read(Row row) {
    PromptRow read = find(row);
    Set<String> unread = new TreeSet<>(row.columns().keySet());
    unread.addAll(row.found().unread().keySet());
    unread.removeAll(Set.of("prompt", "messages"));
    PromptColumns.requireRead(row, unread, read.prompt());
    return read;
  }

  private static PromptRow find(Row row) {
    Columns columns = new Columns(row.columns());
    if (columns.has("chosen") && columns.has("rejected")) {
      return pair(row);
    }
    if (columns.has("prompt")) {
      Object value = Answers.check("prompt", columns.require("prompt", FORMS));
      return new PromptRow(row.index(), row.origin(), prompt(columns, value), responses(columns));
    }
    Object value = columns.require("messages", FORMS);
    if (!(value instanceof List)) {
      throw new RowFault("messages must be a list of messages but is " + Columns.kind(value));
    }
    List<Message> messages = Answers.messages("messages", value, noNotes());
    int end = messages.size();
    while (end > 0 && messages.get(end - 1).isAssistant()) {
      end--;
    }
    List<Response> given = new ArrayList<>();
    if (end < messages.size()) {
      given.add(response(messages.subList(end, messages.size())));
    }
    given.addAll(responses(columns));
    return new PromptRow(
        row.index(), row.origin(), chat(columns, messages.subList(0, end), "messages"), given);
  }

  private static PromptRow pair(Row row) {
    PreferencePair pair = RowForms.pair(row);
    if (pair instanceof TextPair text) {
      return new PromptRow(
          row.index(),
          row.origin(),
          nonEmpty(new Prompt.Text(text.prompt())),
          List.of(Response.of(text.chosen()), Response.of(text.rejected())));
    }
    ChatPair chat = (ChatPair) pair;
    return new PromptRow(
        row.index(),
        row.origin(),
        new Prompt.Chat(chat.prompt(), chat.context()),
        List.of(response(chat.chosen()), response(chat.rejected())));
  }

  private static Prompt prompt(Columns columns, Object value) {
    if (value instanceof String text) {
      return nonEmpty(new Prompt.Text(text));
    }
    return chat(columns, Answers.messages("prompt", value, noNotes()), "prompt");
  }

  private static Prompt nonEmpty(Prompt.Text prompt) {
    if (prompt.text().isEmpty()) {
      throw new RowFault("prompt is empty: there is nothing to answer");
    }
    return prompt;
  }

  private static Prompt chat(Columns columns, List<Message> messages, String column) {
    if (messages.isEmpty()) {
      throw new RowFault(column + " has no message before the answer: there is nothing to answer");
    }
    return new Prompt.Chat(messages, RowForms.context(columns));
  }

  private static List<Response> responses(Columns columns) {
    List<Response> responses = new ArrayList<>();
    for (String name : List.of("responses", "answers")) {
      Object value = columns.get(name);
      if (value == null) {
        continue;
      }
      if (!(value instanceof List<?> list)) {
        throw new RowFault(name + " must be a list of answers but is " + Columns.kind(value));
      }
      for (Object answer : list) {
        responses.add(response(name + "[" + responses.size() + "]", answer));
      }
    }
    markCut(columns.get("finish_reasons"), responses);
    if (columns.has("completion")) {
      Response completion = response("completion", columns.get("completion"));
      responses.add(isCut(columns.get("finish_reason")) ? completion.asCut() : completion);
    }
    return responses;
  }

  /** What generate writes: for each answer why it ended. */
  private static void markCut(@Nullable Object reasons, List<Response> responses) {
    if (reasons instanceof List<?> list) {
      if (list.size() != responses.size()) {
        throw new RowFault(
            "finish_reasons has %d entries for %d answers"
                .formatted(list.size(), responses.size()));
      }
      for (int i = 0; i < list.size(); i++) {
        if (isCut(list.get(i))) {
          responses.set(i, responses.get(i).asCut());
        }
      }
    }
  }

  private static boolean isCut(@Nullable Object reason) {
    return "length".equals(reason);
  }

  private static Response response(String column, @Nullable Object value) {
    if (value instanceof String text) {
      return Response.of(text);
    }
    if (value instanceof List) {
      return response(Answers.messages(column, value, noNotes()));
    }
    throw new RowFault(
        "%s must be a string or a list of messages but is %s"
            .formatted(column, Columns.kind(value)));
  }

  private static Response response(List<Message> messages) {
    boolean single = messages.size() == 1 && messages.get(0).isAssistant();
    String text = single ? Prompt.textOf(messages.get(0)) : Prompt.transcript(messages);
    return new Response(Message.allFields(messages), text);
  }

  private static Set<RowEvent> noNotes() {
    return EnumSet.noneOf(RowEvent.class);
  }
}
