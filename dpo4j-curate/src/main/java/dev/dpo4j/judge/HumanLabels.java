/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.stats.Agreement;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which of two answers people prefer: preference rows, found again by prompt and answers.
 *
 * <p>Blanks around the texts do not matter, nor whether a row is plain or conversational.
 */
public final class HumanLabels {
  private final Map<String, String> better = new HashMap<>();
  private int rows;
  private int contradictions;

  private HumanLabels() {}

  /**
   * Reads preference rows {@code {prompt, chosen, rejected}}.
   *
   * @throws dev.dpo4j.data.row.DataException if rows cannot be used
   */
  public static HumanLabels read(Path file) {
    HumanLabels labels = new HumanLabels();
    PreferenceRows.read(file)
        .forEach(
            pair -> {
              if (pair instanceof TextPair text) {
                labels.add(new Prompt.Text(text.prompt()).plain(), text.chosen(), text.rejected());
              } else if (pair instanceof ChatPair chat) {
                labels.add(
                    new Prompt.Chat(chat.prompt(), chat.context()).plain(),
                    text(chat.chosen()),
                    text(chat.rejected()));
              }
            });
    return labels;
  }

  private static String text(List<Message> answer) {
    boolean single = answer.size() == 1 && answer.get(0).role().equals("assistant");
    return single ? Prompt.textOf(answer.get(0)) : Prompt.transcript(answer);
  }

  private void add(String prompt, String chosen, String rejected) {
    rows++;
    String before = better.put(key(prompt, chosen, rejected), chosen.strip());
    if (before != null && !before.equals(chosen.strip())) {
      contradictions++;
      better.put(key(prompt, chosen, rejected), "");
    }
  }

  private static String key(String prompt, String a, String b) {
    String one = a.strip();
    String two = b.strip();
    return one.compareTo(two) <= 0
        ? Checksums.ofParts(prompt.strip(), one, two)
        : Checksums.ofParts(prompt.strip(), two, one);
  }

  /** Rows that were read. */
  public int rows() {
    return rows;
  }

  /** Pairs that are labelled both ways; they count as ties. */
  public int contradictions() {
    return contradictions;
  }

  /** What people say of two answers, or null if nobody was asked. */
  @Nullable Verdict verdict(PromptRow row, int first, int second) {
    String one = row.responses().get(first).text();
    String two = row.responses().get(second).text();
    String winner = better.get(key(row.prompt().plain(), one, two));
    if (winner == null) {
      return null;
    }
    if (winner.isEmpty() || one.strip().equals(two.strip())) {
      return Verdict.TIE;
    }
    return winner.equals(one.strip()) ? Verdict.FIRST : Verdict.SECOND;
  }

  /**
   * Compares people with a judge. Where a person and the judge see the answers is decided by their
   * texts, so that it does not matter that a file always has the better one first.
   */
  public Agreement agreement(List<JudgedRow> rows) {
    long[][] counts = new long[3][3];
    for (JudgedRow judged : rows) {
      for (Comparison comparison : judged.comparisons()) {
        Verdict human = verdict(judged.row(), comparison.first(), comparison.second());
        if (human == null || comparison.outcome() == Comparison.Outcome.FAILED) {
          continue;
        }
        String one = judged.row().responses().get(comparison.first()).text();
        String two = judged.row().responses().get(comparison.second()).text();
        boolean swapped = Checksums.ofParts(one).compareTo(Checksums.ofParts(two)) > 0;
        counts[column(human, swapped)][column(verdict(comparison), swapped)]++;
      }
    }
    return new Agreement(List.of("one", "other", "tie"), counts);
  }

  private static Verdict verdict(Comparison comparison) {
    return switch (comparison.outcome()) {
      case FIRST -> Verdict.FIRST;
      case SECOND -> Verdict.SECOND;
      case TIE, FLIP, HALF_TIE, FAILED -> Verdict.TIE;
    };
  }

  private static int column(Verdict verdict, boolean swapped) {
    return switch (verdict) {
      case FIRST -> swapped ? 1 : 0;
      case SECOND -> swapped ? 0 : 1;
      case TIE -> 2;
    };
  }
}
