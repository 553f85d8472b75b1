/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A prompt with answers, each compared with each.
 *
 * @param row the prompt and its answers
 * @param comparisons one for each pair of answers
 */
public record JudgedRow(PromptRow row, List<Comparison> comparisons) {
  public JudgedRow {
    comparisons = List.copyOf(comparisons);
  }

  /** Whether a comparison is missing. */
  public boolean failed() {
    return comparisons.stream().anyMatch(c -> c.outcome() == Comparison.Outcome.FAILED);
  }

  /** Points of each answer: one for each answer it beats, a half for each tie. */
  public double[] scores() {
    double[] scores = new double[row.responses().size()];
    for (Comparison comparison : comparisons) {
      Integer winner = comparison.winner();
      if (winner == null) {
        scores[comparison.first()] += 0.5;
        scores[comparison.second()] += 0.5;
      } else {
        scores[winner] += 1;
      }
    }
    return scores;
  }

  /** Whether an answer was compared with others; one that was cut may not have been. */
  private boolean isCompared(int answer) {
    return comparisons.stream().anyMatch(c -> c.first() == answer || c.second() == answer);
  }

  /** Answers that were left out because they were cut at a limit of tokens. */
  public int leftOut() {
    return (int)
        IntStream.range(0, row.responses().size())
            .filter(i -> row.responses().get(i).cut() && !isCompared(i))
            .count();
  }

  /**
   * The places of the best and the worst answer, or null where there is no pair to learn from: all
   * are equal, a comparison is missing, or the best did not win against the worst.
   */
  public int @Nullable [] bestAndWorst() {
    if (failed() || comparisons.isEmpty()) {
      return null;
    }
    double[] scores = scores();
    int best = comparisons.get(0).first();
    int worst = best;
    for (int i = 0; i < scores.length; i++) {
      if (isCompared(i)) {
        best = scores[i] > scores[best] ? i : best;
        worst = scores[i] < scores[worst] ? i : worst;
      }
    }
    for (Comparison comparison : comparisons) {
      boolean these =
          (comparison.first() == best && comparison.second() == worst)
              || (comparison.first() == worst && comparison.second() == best);
      Integer winner = comparison.winner();
      if (these && winner != null && winner == best) {
        return new int[] {best, worst};
      }
    }
    return null;
  }

  /** The row with everything that is known of it. */
  public Map<String, @Nullable Object> columns(String judge) {
    Map<String, @Nullable Object> columns = new LinkedHashMap<>(row.prompt().columns());
    columns.put("responses", row.responses().stream().map(PromptRow.Response::value).toList());
    List<Object> compared = new ArrayList<>();
    for (Comparison comparison : comparisons) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      map.put("first", comparison.first());
      map.put("second", comparison.second());
      map.put("outcome", comparison.outcome().name().toLowerCase(Locale.ROOT));
      map.put("winner", comparison.winner());
      judgement(map, "forward", comparison.forward());
      judgement(map, "backward", comparison.backward());
      if (!comparison.failure().isEmpty()) {
        map.put("failure", comparison.failure());
      }
      compared.add(map);
    }
    columns.put("comparisons", compared);
    columns.put("scores", scores());
    int[] pair = bestAndWorst();
    columns.put("chosen_index", pair == null ? null : pair[0]);
    columns.put("rejected_index", pair == null ? null : pair[1]);
    columns.put("judge_model", judge);
    return columns;
  }

  private static void judgement(
      Map<String, @Nullable Object> into, String name, @Nullable Judgement judgement) {
    if (judgement != null) {
      into.put(name, judgement.verdict().id());
      into.put(name + "_reason", judgement.reason());
    }
  }

  /** The row as a preference pair in TRL's form, or null where there is none. */
  public @Nullable Map<String, @Nullable Object> pair() {
    int[] pair = bestAndWorst();
    return pair == null ? null : pair(row, pair[0], pair[1]);
  }

  /** Two answers of a row as a preference pair in TRL's form. */
  public static Map<String, @Nullable Object> pair(PromptRow row, int chosen, int rejected) {
    Map<String, @Nullable Object> columns = new LinkedHashMap<>(row.prompt().columns());
    columns.put("chosen", answer(row.prompt(), row.responses().get(chosen)));
    columns.put("rejected", answer(row.prompt(), row.responses().get(rejected)));
    return columns;
  }

  /** Beside a conversation answers are messages. */
  private static Object answer(Prompt prompt, PromptRow.Response response) {
    return prompt instanceof Prompt.Chat && response.value() instanceof String text
        ? List.of(Message.assistant(text).fields())
        : response.value();
  }
}
