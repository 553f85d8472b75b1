/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.RowJudge;
import dev.dpo4j.stats.Bootstrap;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.LengthControl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/** How often a judge prefers the answers of a model to those of another one. */
public final class WinRate {
  private WinRate() {}

  /**
   * Has the answers of two models compared; a model behind an endpoint does it in both orders.
   *
   * @param prompts what was answered
   * @param model the answers of the model
   * @param others those of the other model
   * @param progress told the number of prompts that are done
   */
  public static List<EvalSample> judge(
      RowJudge judge,
      List<Prompt> prompts,
      List<String> model,
      List<String> others,
      IntConsumer progress) {
    List<PromptRow> rows = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      rows.add(
          new PromptRow(
              i,
              new Origin("the samples", i + 1),
              prompts.get(i),
              List.of(PromptRow.Response.of(model.get(i)), PromptRow.Response.of(others.get(i)))));
    }
    List<EvalSample> samples = new ArrayList<>();
    for (JudgedRow row : judge.judge(rows, progress)) {
      int i = samples.size();
      samples.add(
          new EvalSample(
              prompts.get(i).plain(), model.get(i), others.get(i), row.comparisons().get(0)));
    }
    return samples;
  }

  /**
   * The win rate with its interval, and what it would be if both answers were equally long. A tie
   * and a judge who follows the place count half; prompts without a verdict are left out.
   */
  public static Map<String, Estimate> figures(List<EvalSample> samples, long seed) {
    List<EvalSample> judged =
        samples.stream().filter(sample -> !Double.isNaN(sample.points())).toList();
    double[] points = judged.stream().mapToDouble(EvalSample::points).toArray();
    double[] lengths =
        judged.stream()
            .mapToDouble(
                sample ->
                    sample.model().length() - (double) String.valueOf(sample.other()).length())
            .toArray();
    Map<String, Estimate> figures = new LinkedHashMap<>();
    if (points.length > 0) {
      figures.put("win_rate", new Bootstrap(seed).mean(points));
      figures.put(
          "length_controlled_win_rate",
          new LengthControl(lengths, points).estimate(new Bootstrap(seed)));
    }
    return figures;
  }
}
