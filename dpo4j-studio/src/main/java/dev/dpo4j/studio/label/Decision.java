/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a person said about a row, with the row itself, so that the file of decisions needs no
 * other.
 *
 * @param time when, by the clock of the server
 * @param annotator who
 * @param gold whether the better answer was known: then it is the first
 * @param row place of the row in its file, counted from 0
 * @param digest what the row said, see {@link LabelRow}
 * @param left index of the answer that stood on the left
 * @param choice what was said
 * @param reason why, in the person's words, or empty
 * @param tags why, in words of a list
 * @param seconds how long the page was looked at
 * @param prompt a string, or a list of messages
 * @param answers two strings, or two lists of messages, in the order of the file
 * @param context {@code tools} and {@code chat_template_kwargs}, where the row has them
 */
record Decision(
    Instant time,
    String annotator,
    boolean gold,
    int row,
    String digest,
    int left,
    Choice choice,
    String reason,
    List<String> tags,
    double seconds,
    Object prompt,
    List<Object> answers,
    Map<String, @Nullable Object> context)
    implements LogEntry {
  Decision {
    tags = List.copyOf(tags);
    answers = List.copyOf(answers);
  }

  LogEntry.Key key() {
    return new LogEntry.Key(annotator, gold, row, digest);
  }

  /** Returns what the decision says about the row's answers; nothing if it was skipped. */
  Optional<Verdict> verdict() {
    return switch (choice) {
      case LEFT -> Optional.of(left == 0 ? Verdict.FIRST : Verdict.SECOND);
      case RIGHT -> Optional.of(left == 0 ? Verdict.SECOND : Verdict.FIRST);
      case TIE -> Optional.of(Verdict.TIE);
      case BOTH_BAD -> Optional.of(Verdict.BOTH_BAD);
      case SKIP -> Optional.empty();
    };
  }
}
