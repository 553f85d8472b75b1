/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of supervised data (SFT) or of unpaired preference data (KTO).
 *
 * <p>The forms: a whole text or conversation, and a prompt with one completion, which for KTO
 * carries a label.
 */
public sealed interface TrainingText {
  /** Returns where the row came from. */
  RowInfo info();

  /** Returns whether there is nothing to learn from: the completion or the text is empty. */
  boolean isEmpty();

  /** Returns the columns of a row that is read as this text again; the map can be changed. */
  Map<String, Object> columns();

  /**
   * A whole text (the column {@code text}).
   *
   * @param info where the row came from
   * @param text the text, without EOS
   */
  record Document(RowInfo info, String text) implements TrainingText {
    @Override
    public boolean isEmpty() {
      return text.isEmpty();
    }

    @Override
    public Map<String, Object> columns() {
      Map<String, Object> columns = new LinkedHashMap<>();
      columns.put("text", text);
      return columns;
    }
  }

  /**
   * A whole conversation (the column {@code messages}).
   *
   * @param info where the row came from
   * @param messages the messages, at least one
   * @param context tools and variables for the chat template
   */
  record Conversation(RowInfo info, List<Message> messages, ChatContext context)
      implements TrainingText {
    public Conversation {
      messages = List.copyOf(messages);
    }

    @Override
    public boolean isEmpty() {
      return ChatPair.isEmpty(messages);
    }

    @Override
    public Map<String, Object> columns() {
      Map<String, Object> columns = new LinkedHashMap<>();
      columns.put("messages", Message.allFields(messages));
      context.putColumns(columns);
      return columns;
    }
  }

  /**
   * A prompt and its completion, as plain texts.
   *
   * @param info where the row came from
   * @param prompt the text before the completion; may be empty
   * @param completion the completion, without EOS
   * @param label whether the completion is desirable, or null where nobody asked
   */
  record TextCompletion(RowInfo info, String prompt, String completion, @Nullable Boolean label)
      implements TrainingText {
    @Override
    public boolean isEmpty() {
      return completion.isEmpty();
    }

    @Override
    public Map<String, Object> columns() {
      Map<String, Object> columns = new LinkedHashMap<>();
      columns.put("prompt", prompt);
      columns.put("completion", completion);
      if (label != null) {
        columns.put("label", label);
      }
      return columns;
    }
  }

  /**
   * A prompt and its completion, as messages.
   *
   * @param info where the row came from
   * @param prompt the messages before the completion, at least one
   * @param completion the completion, usually one assistant message
   * @param context tools and variables for the chat template
   * @param label whether the completion is desirable, or null where nobody asked
   */
  record ChatCompletion(
      RowInfo info,
      List<Message> prompt,
      List<Message> completion,
      ChatContext context,
      @Nullable Boolean label)
      implements TrainingText {
    public ChatCompletion {
      prompt = List.copyOf(prompt);
      completion = List.copyOf(completion);
    }

    @Override
    public boolean isEmpty() {
      return ChatPair.isEmpty(completion);
    }

    @Override
    public Map<String, Object> columns() {
      Map<String, Object> columns = new LinkedHashMap<>();
      columns.put("prompt", Message.allFields(prompt));
      columns.put("completion", Message.allFields(completion));
      context.putColumns(columns);
      if (label != null) {
        columns.put("label", label);
      }
      return columns;
    }
  }
}
