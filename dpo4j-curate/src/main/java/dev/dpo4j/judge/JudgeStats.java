/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.stats.Proportion;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the comparisons of a judge say about the judge.
 *
 * @param outcomes number of comparisons of each kind
 * @param firstPlace single verdicts that name the answer shown first, of those that name one: 0.5
 *     without a position bias, because each pair is shown in both orders
 * @param longerWins consistent wins of the longer answer, of those between answers of different
 *     lengths in characters
 */
public record JudgeStats(
    Map<Comparison.Outcome, Long> outcomes, Proportion firstPlace, Proportion longerWins) {
  public JudgeStats {
    outcomes = Map.copyOf(outcomes);
  }

  /** Counts the comparisons of rows. */
  public static JudgeStats of(List<JudgedRow> rows) {
    Map<Comparison.Outcome, Long> outcomes = new EnumMap<>(Comparison.Outcome.class);
    for (Comparison.Outcome outcome : Comparison.Outcome.values()) {
      outcomes.put(outcome, 0L);
    }
    long first = 0;
    long decided = 0;
    long longer = 0;
    long wins = 0;
    for (JudgedRow row : rows) {
      for (Comparison comparison : row.comparisons()) {
        outcomes.merge(comparison.outcome(), 1L, Long::sum);
        for (Judgement judgement : new Judgement[] {comparison.forward(), comparison.backward()}) {
          if (judgement != null && judgement.verdict() != Verdict.TIE) {
            decided++;
            first += judgement.verdict() == Verdict.FIRST ? 1 : 0;
          }
        }
        Integer winner = comparison.winner();
        int difference = length(row, comparison.first()) - length(row, comparison.second());
        if (winner != null && difference != 0) {
          wins++;
          longer += (winner == comparison.first()) == (difference > 0) ? 1 : 0;
        }
      }
    }
    return new JudgeStats(outcomes, new Proportion(first, decided), new Proportion(longer, wins));
  }

  private static int length(JudgedRow row, int answer) {
    PromptRow.Response response = row.row().responses().get(answer);
    return response.text().codePointCount(0, response.text().length());
  }

  /** Comparisons with that outcome. */
  public long count(Comparison.Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** Comparisons of which both judgements are there. */
  public long complete() {
    long all = outcomes.values().stream().mapToLong(Long::longValue).sum();
    return all - count(Comparison.Outcome.FAILED);
  }

  /** Complete comparisons in which the orders name different answers. */
  public Proportion flipRate() {
    return new Proportion(count(Comparison.Outcome.FLIP), complete());
  }

  /** Complete comparisons in which the orders do not say the same. */
  public Proportion inconsistent() {
    return new Proportion(
        count(Comparison.Outcome.FLIP) + count(Comparison.Outcome.HALF_TIE), complete());
  }
}
