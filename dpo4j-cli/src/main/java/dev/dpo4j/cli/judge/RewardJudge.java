/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.judge.Comparison;
import dev.dpo4j.judge.HumanLabels;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.Judgement;
import dev.dpo4j.judge.Verdict;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RolloutSample;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Compares answers by a reward model on this machine: of two answers the one with the higher reward
 * is better, and equal rewards are a tie.
 */
final class RewardJudge implements AutoCloseable {
  private final ModelReward reward;
  private final boolean keepCut;

  /**
   * Loads a reward model.
   *
   * @param keepCut whether answers that were cut at a limit of tokens are judged too
   * @throws ConfigException if the device cannot be used
   */
  private RewardJudge(Path folder, boolean keepCut) {
    EngineRoute.choose();
    this.reward = ModelReward.load(folder, ComputeOptions.float32());
    this.keepCut = keepCut;
  }

  /**
   * A row with the reward of each answer.
   *
   * @param judged the comparisons that follow from the rewards
   * @param rewards of all answers; NaN for one that was left out because it was cut
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on their way to a file; never compared
  record Scored(JudgedRow judged, double[] rewards) {}

  /**
   * Judges the answers of all rows, and shows how far it is.
   *
   * @param keepCut whether answers that were cut at a limit of tokens are judged too
   * @param unit what the rows are called on the screen
   * @throws ConfigException if the device cannot be used
   * @throws DataException if a row has fewer than two answers
   */
  static List<Scored> judge(
      Path folder, boolean keepCut, List<PromptRow> rows, Console console, String unit) {
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    try (RewardJudge judge = new RewardJudge(folder, keepCut)) {
      return judge.judge(rows, done -> status.show(done, rows.size(), unit, "judged"));
    } finally {
      status.clear();
    }
  }

  private List<Scored> judge(List<PromptRow> rows, IntConsumer progress) {
    for (PromptRow row : rows) {
      if (row.responses().size() < 2) {
        throw new DataException(
            "%s: has %d answers, but two or more are compared: expected responses, answers, or chosen and rejected"
                .formatted(row.origin(), row.responses().size()));
      }
    }
    List<Scored> scored = new ArrayList<>();
    for (PromptRow row : rows) {
      scored.add(judge(row));
      progress.accept(scored.size());
    }
    return scored;
  }

  private Scored judge(PromptRow row) {
    TokenizedPrompt prompt =
        new TokenizedPrompt(row.row(), row.origin(), row.prompt(), new int[0], Map.of());
    List<RolloutSample> samples =
        row.responses().stream()
            .map(
                answer ->
                    new RolloutSample(
                        row.row(),
                        prompt,
                        new Completion(new int[0], !answer.cut()),
                        answer.text()))
            .toList();
    double[] rewards = reward.score(samples);
    for (int i = 0; i < rewards.length; i++) {
      if (row.responses().get(i).cut() && !keepCut) {
        rewards[i] = Double.NaN;
      }
    }
    List<Comparison> comparisons = new ArrayList<>();
    for (int first = 0; first < rewards.length; first++) {
      for (int second = first + 1; second < rewards.length; second++) {
        if (!Double.isNaN(rewards[first]) && !Double.isNaN(rewards[second])) {
          comparisons.add(compare(first, second, rewards));
        }
      }
    }
    return new Scored(new JudgedRow(row, comparisons), rewards);
  }

  private static Comparison compare(int first, int second, double[] rewards) {
    String reason =
        String.format(Locale.ROOT, "rewards %.4f and %.4f", rewards[first], rewards[second]);
    boolean equal = rewards[first] == rewards[second];
    boolean better = rewards[first] > rewards[second];
    Verdict forward = equal ? Verdict.TIE : better ? Verdict.FIRST : Verdict.SECOND;
    Verdict backward = equal ? Verdict.TIE : better ? Verdict.SECOND : Verdict.FIRST;
    return new Comparison(
        first, second, new Judgement(forward, reason), new Judgement(backward, reason), "");
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

  @Override
  public void close() {
    reward.close();
  }
}
