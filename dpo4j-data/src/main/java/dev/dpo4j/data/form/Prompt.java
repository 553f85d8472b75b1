/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.row.ChatContext;
import dev.dpo4j.data.row.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is answered: a plain text, or a conversation. */
public sealed interface Prompt {
  /** Returns the prompt as a text for a reader who is not the model. */
  String plain();

  /** Returns the columns of a row of data that hold the prompt. */
  Map<String, @Nullable Object> columns();

  /**
   * A plain text.
   *
   * @param text the text
   */
  record Text(String text) implements Prompt {
    @Override
    public String plain() {
      return text;
    }

    @Override
    public Map<String, @Nullable Object> columns() {
      Map<String, @Nullable Object> columns = new LinkedHashMap<>();
      columns.put("prompt", text);
      return columns;
    }
  }

  /**
   * A conversation.
   *
   * @param messages the messages before the answer, at least one
   * @param context tools and variables for the chat template
   */
  record Chat(List<Message> messages, ChatContext context) implements Prompt {
    public Chat {
      messages = List.copyOf(messages);
      if (messages.isEmpty()) {
        throw new IllegalArgumentException("a conversation needs at least one message");
      }
    }

    /** The conversation of one user message. */
    public static Chat ofUser(String text) {
      return new Chat(List.of(Message.user(text)), ChatContext.NONE);
    }

    /** A single user message is its text; otherwise each message comes after its role. */
    @Override
    public String plain() {
      if (messages.size() == 1 && messages.get(0).role().equals("user")) {
        return textOf(messages.get(0));
      }
      return transcript(messages);
    }

    @Override
    public Map<String, @Nullable Object> columns() {
      Map<String, @Nullable Object> columns = new LinkedHashMap<>();
      columns.put("prompt", Message.allFields(messages));
      if (context.tools() != null) {
        columns.put("tools", context.tools());
      }
      if (!context.templateKwargs().isEmpty()) {
        columns.put("chat_template_kwargs", context.templateKwargs());
      }
      return columns;
    }

    /** The same with a system message at the beginning. */
    public Chat withSystem(String system) {
      List<Message> all = new ArrayList<>(List.of(Message.system(system)));
      all.addAll(messages);
      return new Chat(all, context);
    }
  }

  /** Returns messages as a text, each after its role in brackets. */
  static String transcript(List<Message> messages) {
    StringBuilder text = new StringBuilder();
    for (Message message : messages) {
      text.append(text.isEmpty() ? "" : "\n\n");
      text.append('[').append(message.role()).append("]\n").append(textOf(message));
    }
    return text.toString();
  }

  /** Returns the text of a message; content that is no text as JSON, with what else it holds. */
  static String textOf(Message message) {
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(message.fields());
    rest.remove("role");
    Object content = rest.remove("content");
    StringBuilder text = new StringBuilder();
    if (content instanceof String string) {
      text.append(string);
    } else if (content != null) {
      rest.put("content", content);
    }
    rest.values().removeIf(Objects::isNull);
    if (!rest.isEmpty()) {
      text.append(text.isEmpty() ? "" : "\n").append(JsonText.write(rest));
    }
    return text.toString();
  }
}
