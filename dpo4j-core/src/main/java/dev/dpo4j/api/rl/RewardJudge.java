/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.judge.Comparison;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.Judgement;
import dev.dpo4j.judge.RowJudge;
import dev.dpo4j.judge.Verdict;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.Completion;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RolloutSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Compares answers by a reward model: of two answers the one with the higher reward is better, and
 * equal rewards are a tie.
 *
 * <p>Prompt and answers are put into the reward model's own template and vocabulary. The model is
 * in memory only while it judges, so that it needs no room beside the models that answered.
 */
public final class RewardJudge implements RowJudge {
  private final Path folder;
  private final boolean keepCut;

  private RewardJudge(Path folder, boolean keepCut) {
    this.folder = folder;
    this.keepCut = keepCut;
  }

  /**
   * Takes a reward model; answers that were cut at a limit of tokens are not compared.
   *
   * @throws dev.dpo4j.model.family.ModelConfigException if the folder holds another model
   */
  public static RewardJudge of(Path folder) {
    return of(folder, false);
  }

  /**
   * Takes a reward model.
   *
   * @param keepCut whether answers that were cut at a limit of tokens are compared too
   * @throws dev.dpo4j.model.family.ModelConfigException if the folder holds another model
   */
  public static RewardJudge of(Path folder, boolean keepCut) {
    LanguageModel.requireReward(folder);
    return new RewardJudge(folder, keepCut);
  }

  /**
   * A row with the reward of each answer.
   *
   * @param judged the comparisons that follow from the rewards
   * @param rewards of all answers; NaN for one that was left out because it was cut
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on their way to a file; never compared
  public record Scored(JudgedRow judged, double[] rewards) {}

  @Override
  public String name() {
    return folder.toString();
  }

  @Override
  public List<JudgedRow> judge(List<PromptRow> rows, IntConsumer progress) {
    return score(rows, progress).stream().map(Scored::judged).toList();
  }

  /**
   * Judges the answers of all rows, and returns their rewards as well.
   *
   * @param progress told the number of rows that are done
   * @throws dev.dpo4j.data.row.DataException if a row has fewer than two answers
   */
  public List<Scored> score(List<PromptRow> rows, IntConsumer progress) {
    RowJudge.requireAnswers(rows);
    List<Scored> scored = new ArrayList<>();
    try (ModelReward reward = ModelReward.load(folder, ComputeOptions.float32())) {
      for (PromptRow row : rows) {
        scored.add(score(row, reward));
        progress.accept(scored.size());
      }
    }
    return scored;
  }

  private Scored score(PromptRow row, ModelReward reward) {
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

  /** A reward does not depend on the place of an answer, so both orders say the same. */
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
}
