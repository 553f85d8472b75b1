/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.ChatPair;
import dev.dpo4j.data.DataException;
import dev.dpo4j.data.Message;
import dev.dpo4j.data.PreferenceData;
import dev.dpo4j.data.PreferencePair;
import dev.dpo4j.data.TextPair;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A prompt with two answers.
 *
 * @param index place of the row in its file, counted from 0
 * @param digest 16 hexadecimal digits of the SHA-256 of prompt and answers: tells whether a
 *     decision was made on this text
 * @param prompt a string, or a list of messages
 * @param answers two strings, or two lists of messages
 * @param context {@code tools} and {@code chat_template_kwargs}, where the row has them
 */
record LabelRow(
    int index,
    String digest,
    Object prompt,
    List<Object> answers,
    Map<String, @Nullable Object> context) {
  LabelRow {
    answers = List.copyOf(answers);
  }

  /**
   * Reads rows that nobody has judged.
   *
   * @throws DataException if rows are at fault, or if there is none
   */
  static List<LabelRow> read(Path file) {
    List<LabelRow> rows = new ArrayList<>();
    PreferenceData.readUnjudged(file).forEachUnjudged(pair -> rows.add(of(pair)));
    return requireSome(file, rows);
  }

  /**
   * Reads questions whose answer is known: the chosen one comes first.
   *
   * @throws DataException if rows are at fault, or if there is none
   */
  static List<LabelRow> readGold(Path file) {
    List<LabelRow> rows = new ArrayList<>();
    PreferenceData.read(file).forEach(pair -> rows.add(of(pair)));
    return requireSome(file, rows);
  }

  private static List<LabelRow> requireSome(Path file, List<LabelRow> rows) {
    if (rows.isEmpty()) {
      throw new DataException(file + " has no rows: expected a prompt and two answers in each");
    }
    return List.copyOf(rows);
  }

  static LabelRow of(PreferencePair pair) {
    int index = pair.info().row();
    if (pair instanceof ChatPair chat) {
      Map<String, @Nullable Object> context = new LinkedHashMap<>();
      if (chat.context().tools() != null) {
        context.put("tools", chat.context().tools());
      }
      if (!chat.context().templateKwargs().isEmpty()) {
        context.put("chat_template_kwargs", chat.context().templateKwargs());
      }
      return of(
          index,
          fields(chat.prompt()),
          List.of(fields(chat.chosen()), fields(chat.rejected())),
          context);
    }
    TextPair text = (TextPair) pair;
    return of(index, text.prompt(), List.of(text.chosen(), text.rejected()), Map.of());
  }

  private static LabelRow of(
      int index, Object prompt, List<Object> answers, Map<String, @Nullable Object> context) {
    String json = JsonMapper.shared().writeValueAsString(List.of(prompt, answers));
    return new LabelRow(
        index, Hash.hex(json.getBytes(StandardCharsets.UTF_8)), prompt, answers, context);
  }

  private static Object fields(List<Message> messages) {
    return messages.stream().map(Message::fields).toList();
  }
}
