/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
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
 * @param answers strings, or lists of messages, in the order of the file
 * @param context {@code tools} and {@code chat_template_kwargs}, where the row has them
 * @param order indices of the answers as they stood on the page
 * @param ranking indices of the answers in groups of equals, the best group first; empty unless the
 *     choice is {@link Choice#RANKED}
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
    Map<String, @Nullable Object> context,
    List<Integer> order,
    List<List<Integer>> ranking)
    implements LogEntry {
  Decision {
    tags = List.copyOf(tags);
    answers = List.copyOf(answers);
    order = List.copyOf(order);
    ranking = ranking.stream().map(List::copyOf).toList();
  }

  /** A decision on two answers. */
  Decision(
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
      Map<String, @Nullable Object> context) {
    this(
        time,
        annotator,
        gold,
        row,
        digest,
        left,
        choice,
        reason,
        tags,
        seconds,
        prompt,
        answers,
        context,
        List.of(left, 1 - left),
        List.of());
  }

  /** The same without prompt and answers, to save memory. */
  Decision withoutTexts() {
    return new Decision(
        time, annotator, gold, row, digest, left, choice, reason, tags, seconds, "", List.of(),
        Map.of(), order, ranking);
  }

  LogEntry.Key key() {
    return new LogEntry.Key(annotator, gold, row, digest);
  }

  /** Returns which answer the decision calls the best; nothing if it was skipped. */
  Optional<BestAnswer> verdict() {
    return switch (choice) {
      case LEFT -> Optional.of(left == 0 ? BestAnswer.FIRST : BestAnswer.SECOND);
      case RIGHT -> Optional.of(left == 0 ? BestAnswer.SECOND : BestAnswer.FIRST);
      case TIE -> Optional.of(BestAnswer.TIE);
      case BOTH_BAD -> Optional.of(BestAnswer.BOTH_BAD);
      case RANKED ->
          Optional.of(
              ranking.get(0).size() == 1 ? BestAnswer.of(ranking.get(0).get(0)) : BestAnswer.TIE);
      case SKIP -> Optional.empty();
    };
  }

  /** Returns what the decision says about two answers alone; nothing if it was skipped. */
  Optional<BestAnswer> verdict(int first, int second) {
    if (choice != Choice.RANKED) {
      return verdict();
    }
    int difference = Integer.compare(place(first), place(second));
    return Optional.of(
        difference < 0 ? BestAnswer.FIRST : difference > 0 ? BestAnswer.SECOND : BestAnswer.TIE);
  }

  /** The group in which an answer stands, 0 for the best; one group where nothing was ranked. */
  int place(int answer) {
    return switch (choice) {
      case LEFT -> answer == left ? 0 : 1;
      case RIGHT -> answer == left ? 1 : 0;
      case RANKED ->
          IntStream.range(0, ranking.size())
              .filter(group -> ranking.get(group).contains(answer))
              .findFirst()
              .orElse(0);
      case TIE, BOTH_BAD, SKIP -> 0;
    };
  }
}
