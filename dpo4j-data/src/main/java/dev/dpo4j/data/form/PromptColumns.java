/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.row.TrainingText;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a row of which a column that looks like a part of the prompt is read by nobody: training
 * on answers to half a question is never what was meant.
 *
 * <p>It looks only at rows whose form was guessed. A column whose text stands in the row's messages
 * anyway is no loss.
 */
final class PromptColumns {
  private static final Set<String> SYSTEM = Set.of("system", "system_prompt");
  private static final Set<String> ASKED =
      Set.of("question", "instruction", "input", "query", "history");

  private PromptColumns() {}

  /**
   * Looks through the unread columns of a pair.
   *
   * @throws RowFault with the description to write, if one of them is needed
   */
  static void requireRead(Row row, PreferencePair pair) {
    List<String> texts = new ArrayList<>();
    if (pair instanceof TextPair text) {
      texts.addAll(List.of(text.prompt(), text.chosen(), text.rejected()));
    } else if (pair instanceof ChatPair chat) {
      addAll(texts, chat.prompt());
      addAll(texts, chat.chosen());
      addAll(texts, chat.rejected());
    }
    requireRead(
        row, pair.info().ignored(), texts, "\"chosen\": \"chosen\", \"rejected\": \"rejected\"");
  }

  /** Looks through the unread columns of a row of single answers. */
  static void requireRead(Row row, TrainingText text) {
    List<String> texts = new ArrayList<>();
    String answer = "\"response\": \"completion\"";
    if (text instanceof TrainingText.Document document) {
      texts.add(document.text());
    } else if (text instanceof TrainingText.TextCompletion completion) {
      texts.addAll(List.of(completion.prompt(), completion.completion()));
    } else if (text instanceof TrainingText.Conversation conversation) {
      addAll(texts, conversation.messages());
      answer = "\"messages\": \"messages\"";
    } else if (text instanceof TrainingText.ChatCompletion completion) {
      addAll(texts, completion.prompt());
      addAll(texts, completion.completion());
    }
    requireRead(row, text.info().ignored(), texts, answer);
  }

  /** Looks through the columns beside a prompt that is to be answered. */
  static void requireRead(Row row, Set<String> unread, Prompt prompt) {
    List<String> texts = new ArrayList<>();
    if (prompt instanceof Prompt.Text text) {
      texts.add(text.text());
    } else if (prompt instanceof Prompt.Chat chat) {
      addAll(texts, chat.messages());
    }
    requireRead(row, unread, texts, "\"response\": \"output\"");
  }

  private static void addAll(List<String> texts, List<Message> messages) {
    messages.forEach(message -> texts.add(Prompt.textOf(message)));
  }

  private static void requireRead(Row row, Set<String> unread, List<String> texts, String answers) {
    if (!row.found().guessed()) {
      return;
    }
    for (String name : unread) {
      boolean system = SYSTEM.contains(name);
      if ((system || ASKED.contains(name)) && says(row.valueOf(name), texts)) {
        throw new RowFault(fault(row, name, system, answers));
      }
    }
  }

  /** Whether a value says something that stands in none of the texts. */
  private static boolean says(@Nullable Object value, List<String> texts) {
    if (value instanceof String text) {
      String said = text.strip();
      return !said.isEmpty() && texts.stream().noneMatch(known -> known.contains(said));
    }
    return value instanceof List<?> list && !list.isEmpty();
  }

  private static String fault(Row row, String name, boolean system, String answers) {
    String prompt = row.columns().containsKey("prompt") ? "prompt" : "instruction";
    String columns =
        system
            ? "\"prompt\": \"%s\", \"system\": \"%s\"".formatted(prompt, name)
            : name.equals("history")
                ? "\"prompt\": \"%s\", \"history\": \"history\"".formatted(prompt)
                : prompt.equals("prompt")
                    ? "\"prompt\": \"prompt\", \"query\": \"%s\"".formatted(name)
                    : "\"prompt\": \"%s\"".formatted(name);
    if (answers.contains("messages") && system) {
      columns = "\"system\": \"%s\"".formatted(name);
    }
    String ranking = answers.contains("chosen") ? "\"ranking\": true, " : "";
    return "the column \"%s\" looks like a part of the prompt, but nothing reads it. Say what it is in a dataset_info.json: {\"my_data\": {\"file_name\": \"%s\", %s\"columns\": {%s, %s}}}, and train with dataset my_data and dataset_dir; or set dataset_format to trl, which leaves the column out."
        .formatted(name, fileName(row.origin()), ranking, columns, answers);
  }

  private static String fileName(Origin origin) {
    String file = origin.file().replace('\\', '/');
    return file.substring(file.lastIndexOf('/') + 1);
  }
}
