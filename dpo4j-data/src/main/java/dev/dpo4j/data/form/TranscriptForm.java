/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads transcripts in which "Human:" and "Assistant:" begin the paragraphs, as those of
 * Anthropic's HH, into messages.
 */
final class TranscriptForm {
  private static final Pattern TURN = Pattern.compile("(?:^|\\n\\n)[ \\t]*(Human|Assistant):");
  private static final Pattern START = Pattern.compile("\\s*Human:");

  private TranscriptForm() {}

  /** Returns whether a text is a transcript: the human begins, and the assistant gets a turn. */
  private static boolean matches(@Nullable Object text) {
    return text instanceof String given
        && START.matcher(given).lookingAt()
        && given.contains("\n\nAssistant:");
  }

  /** Returns whether a text is a transcript that ends where the assistant is to speak. */
  static boolean isOpen(@Nullable Object text) {
    return matches(text) && String.valueOf(text).stripTrailing().endsWith("\n\nAssistant:");
  }

  static void convert(RowMapper row) {
    row.note(RowEvent.TRANSCRIPT);
    if (row.has("prompt")) {
      String prompt = row.requireText("prompt", "the transcript before the answers");
      if (!isOpen(prompt)) {
        throw new RowFault(
            "prompt must be a transcript from \"Human:\" to an open \"Assistant:\", each at the start of a paragraph");
      }
      row.put("prompt", messages("prompt", prompt));
      row.put("chosen", answer(row.requireText("chosen", "the better answer")));
      row.put("rejected", answer(row.requireText("rejected", "the worse answer")));
      return;
    }
    for (String column : List.of("chosen", "rejected")) {
      row.put(column, messages(column, row.requireText(column, "a transcript")));
    }
  }

  static List<Object> answer(String text) {
    return List.of(AlpacaForm.message("assistant", text.strip()));
  }

  /** Cuts a transcript into messages; an open turn of the assistant at its end is left out. */
  static List<Object> messages(String column, String text) {
    if (!matches(text)) {
      throw new RowFault(
          "%s must be a transcript that begins with \"Human:\" and goes on with \"Assistant:\" at the start of a paragraph"
              .formatted(column));
    }
    String stripped = text.strip();
    List<Object> messages = new ArrayList<>();
    Matcher turns = TURN.matcher(stripped);
    String speaker = "";
    int from = 0;
    while (turns.find()) {
      if (!speaker.isEmpty()) {
        messages.add(turn(speaker, stripped.substring(from, turns.start())));
      }
      speaker = turns.group(1);
      from = turns.end();
    }
    String last = stripped.substring(from);
    if (!(speaker.equals("Assistant") && last.isBlank() && column.equals("prompt"))) {
      messages.add(turn(speaker, last));
    }
    return messages;
  }

  private static Object turn(String speaker, String text) {
    return AlpacaForm.message(speaker.equals("Human") ? "user" : "assistant", text.strip());
  }
}
