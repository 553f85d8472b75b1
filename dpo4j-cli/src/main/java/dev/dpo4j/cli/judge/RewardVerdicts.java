/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.api.rl.RewardJudge;
import dev.dpo4j.api.rl.RewardJudge.Scored;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.judge.HumanLabels;
import dev.dpo4j.judge.JudgedRow;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has a reward model judge rows, and writes what it said of them. */
final class RewardVerdicts {
  private RewardVerdicts() {}

  /**
   * Judges the answers of all rows, and shows how far it is.
   *
   * @param keepCut whether answers that were cut at a limit of tokens are judged too
   * @param unit what the rows are called on the screen
   * @throws DataException if a row has fewer than two answers
   */
  static List<Scored> of(
      Path folder, boolean keepCut, List<PromptRow> rows, Console console, String unit) {
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    try {
      return RewardJudge.of(folder, keepCut)
          .score(rows, done -> status.show(done, rows.size(), unit, "judged"));
    } finally {
      status.clear();
    }
  }

  /**
   * The rows with their rewards, as lines of JSON.
   *
   * @param folder of the model that judged
   */
  static String lines(List<Scored> rows, Path folder) {
    StringBuilder text = new StringBuilder();
    for (Scored row : rows) {
      Map<String, @Nullable Object> columns =
          new LinkedHashMap<>(row.judged().columns(folder.toString()));
      List<@Nullable Object> scores = new ArrayList<>();
      for (double score : row.rewards()) {
        scores.add(Double.isNaN(score) ? null : score);
      }
      columns.put("scores", scores);
      text.append(JsonText.write(columns)).append('\n');
    }
    return text.toString();
  }

  /**
   * What came of it, for people or as JSON.
   *
   * @param human what people decided, or null
   */
  static String report(List<Scored> rows, @Nullable HumanLabels human, boolean json) {
    List<JudgedRow> judged = rows.stream().map(Scored::judged).toList();
    long pairs = judged.stream().filter(row -> row.bestAndWorst() != null).count();
    long comparisons = judged.stream().mapToLong(row -> row.comparisons().size()).sum();
    int cut = judged.stream().mapToInt(JudgedRow::leftOut).sum();
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("rows", rows.size());
    values.put("comparisons", comparisons);
    values.put("pairs", pairs);
    values.put("cut_answers", cut);
    if (human != null) {
      values.put("human_kappa", human.agreement(judged).kappa());
    }
    if (json) {
      return JsonText.write(values) + "\n";
    }
    StringBuilder text = new StringBuilder();
    values.forEach(
        (key, value) -> text.append(key.replace('_', ' ')).append(' ').append(value).append('\n'));
    return text.toString();
  }
}
