/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.api.RewardConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.eval.RowParts;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.reward.RewardRun;
import dev.dpo4j.train.reward.RewardScorer;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pairs that several runs that train a reward model share. */
final class RewardSession extends RowSession<RewardConfig, PreferenceDataset> {
  /** Reward models in a sweep. */
  static final Method<RewardConfig> METHOD =
      new Method<>(
          RewardConfig.class,
          List.of("sweep", "reward"),
          config -> config.model().modelNameOrPath(),
          config ->
              Arrays.asList(
                  config.model(), config.texts(), config.data(), config.eval().evalDataset()),
          RewardSession::new);

  private RewardSession(RewardConfig config, Opening opening) {
    super(METHOD, config, opening);
  }

  @Override
  PreferenceDataset read(RewardConfig config, DataSource source, HfTokenizer tokenizer) {
    return PreferenceRows.read(source, config.data().ranked())
        .tokenizeSequences(tokenizer.chat(), config.data().tokenizeOptions(), rows -> false);
  }

  @Override
  LanguageModel policy(RewardConfig config) {
    return config.texts().rewardModel(start(), config.peft().base(), config.loop().seed());
  }

  @Override
  TrainingRun prepare(Models models, RewardConfig config, RunHooks hooks) {
    return RewardRun.of(new RewardRun.Parts(models.policy(), train(), held()), config, hooks);
  }

  @Override
  Measured measure(LanguageModel policy, TrainingRun run, RewardConfig config) {
    List<TokenizedPair> pairs = held().pairs();
    double[] chosen = new double[pairs.size()];
    double[] rejected = new double[pairs.size()];
    try (RewardScorer scorer =
        new RewardScorer(policy, TrainingRun.computeOptions(config.loop()))) {
      for (int i = 0; i < chosen.length; i++) {
        TokenizedPair pair = pairs.get(i);
        double[] scores =
            scorer.score(
                List.of(
                    joined(pair.promptIds(), pair.chosenIds()),
                    joined(pair.rejectedPromptIds(), pair.rejectedIds())));
        chosen[i] = scores[0];
        rejected[i] = scores[1];
      }
    }
    List<Double> margins = SweepSession.differences(chosen, rejected);
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("accuracy", mean(margins.stream().mapToDouble(m -> m > 0 ? 1 : 0).toArray()));
    figures.put("margin", mean(margins.stream().mapToDouble(m -> m).toArray()));
    figures.put("loss", mean(margins.stream().mapToDouble(RowParts::loss).toArray()));
    figures.put("chosen_reward", mean(chosen));
    figures.put("rejected_reward", mean(rejected));
    Map<String, List<Double>> parts = new LinkedHashMap<>(RowParts.ofMargins(margins));
    parts.put("chosen_reward", RowParts.mean(chosen));
    parts.put("rejected_reward", RowParts.mean(rejected));
    return new Measured(figures, parts);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static int[] joined(int[] prompt, int[] answer) {
    int[] whole = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, whole, prompt.length, answer.length);
    return whole;
  }

  @Override
  List<int[]> prompts(int count) {
    return List.of();
  }

  @Override
  public int trainRows() {
    return train().pairs().size();
  }

  @Override
  public int heldRows() {
    return held().pairs().size();
  }
}
