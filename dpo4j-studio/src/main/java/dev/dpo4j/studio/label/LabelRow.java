/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.PromptData;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.ChatContext;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.io.Checksums;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A prompt with two to six answers.
 *
 * @param index place of the row in its file, counted from 0
 * @param digest 16 hexadecimal digits of the SHA-256 of prompt and answers: tells whether a
 *     decision was made on this text
 * @param prompt a string, or a list of messages
 * @param answers strings, or lists of messages
 * @param context {@code tools} and {@code chat_template_kwargs}, where the row has them
 */
record LabelRow(
    int index,
    String digest,
    Object prompt,
    List<Object> answers,
    Map<String, @Nullable Object> context) {
  private static final int DIGEST_DIGITS = 16;

  LabelRow {
    answers = List.copyOf(answers);
  }

  /** More cannot be compared at a glance. */
  private static final int MOST_ANSWERS = 6;

  /**
   * Reads rows that nobody has judged.
   *
   * @throws DataException if rows are at fault, or if there is none
   */
  static List<LabelRow> read(Path file) {
    List<PromptRow> prompts;
    try {
      prompts = PromptData.read(file);
    } catch (DataException e) {
      // The reader of pairs names the fault in the words of this command.
      return readPairs(file);
    }
    boolean pairs = prompts.stream().allMatch(row -> row.responses().size() == 2);
    return pairs ? readPairs(file) : prompts.stream().map(LabelRow::of).toList();
  }

  private static LabelRow of(PromptRow row) {
    int count = row.responses().size();
    if (count < 2 || count > MOST_ANSWERS) {
      throw new DataException(
          "%s: has %d answers, but two to %d can be compared; expected answers: [...], responses: [...], or chosen and rejected"
              .formatted(row.origin(), count, MOST_ANSWERS));
    }
    List<Object> answers = row.responses().stream().map(PromptRow.Response::value).toList();
    if (row.prompt() instanceof Prompt.Chat chat) {
      return of(row.row(), fields(chat.messages()), answers, context(chat.context()));
    }
    return of(row.row(), row.prompt().plain(), answers, Map.of());
  }

  private static List<LabelRow> readPairs(Path file) {
    List<LabelRow> rows = new ArrayList<>();
    PreferenceRows.readUnjudged(file).forEachUnjudged(pair -> rows.add(of(pair)));
    return requireSome(file, rows);
  }

  /**
   * Reads questions whose answer is known: the chosen one comes first.
   *
   * @throws DataException if rows are at fault, or if there is none
   */
  static List<LabelRow> readGold(Path file) {
    List<LabelRow> rows = new ArrayList<>();
    PreferenceRows.read(file).forEach(pair -> rows.add(of(pair)));
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
      return of(
          index,
          fields(chat.prompt()),
          List.of(fields(chat.chosen()), fields(chat.rejected())),
          context(chat.context()));
    }
    TextPair text = (TextPair) pair;
    return of(index, text.prompt(), List.of(text.chosen(), text.rejected()), Map.of());
  }

  private static Map<String, @Nullable Object> context(ChatContext given) {
    Map<String, @Nullable Object> context = new LinkedHashMap<>();
    if (given.tools() != null) {
      context.put("tools", given.tools());
    }
    if (!given.templateKwargs().isEmpty()) {
      context.put("chat_template_kwargs", given.templateKwargs());
    }
    return context;
  }

  private static LabelRow of(
      int index, Object prompt, List<Object> answers, Map<String, @Nullable Object> context) {
    String json = JsonMapper.shared().writeValueAsString(List.of(prompt, answers));
    return new LabelRow(
        index, Checksums.of(json).substring(0, DIGEST_DIGITS), prompt, answers, context);
  }

  private static Object fields(List<Message> messages) {
    return Message.allFields(messages);
  }
}
