/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What judges the answers that a model is trained on. */
public record RewardSourceOptions(
    @Option(
            aliases = "reward_model_path",
            help =
                "Folders of reward models, between commas. Each reads prompt and answer in its own "
                    + "template and vocabulary.",
            difference = "TRL's script takes one.")
        @Nullable List<String> rewardModelNameOrPath,
    @Option(
            help =
                "Rules that judge answers, between commas: the name of a built-in rule, or of a Java "
                    + "class that implements dev.dpo4j.train.rollout.RewardFunction.",
            difference =
                "Functions of Python cannot be called; TRL's think_format_reward is built in.")
        @Nullable List<String> rewardFuncs,
    @Option(
            help = "Jar files and folders of classes in which reward_funcs are looked up.",
            difference = "Not in TRL.")
        @Nullable List<String> rewardClassPath,
    @Option(
            help =
                "Address of an OpenAI-compatible server whose model judges answers: what stands before "
                    + "/chat/completions. Every reply is kept in the run folder, and none is paid twice.",
            difference = "Not in TRL.")
        @Nullable String rewardBaseUrl,
    @Option(help = "Name of the model at reward_base_url.", difference = "Not in TRL.")
        @Nullable String rewardJudgeModel,
    @Option(
            help = "Text file with the criteria for that model; null uses the built-in ones.",
            difference = "Not in TRL.")
        @Nullable String rewardRubric,
    @Option(
            defaultValue = "OPENAI_API_KEY",
            help = "Environment variable that holds the key of reward_base_url.",
            difference = "Not in TRL.")
        String rewardApiKeyEnv,
    @Option(
            defaultValue = "4",
            range = "[1,256]",
            help = "Maximum number of concurrent requests to reward_base_url.",
            difference = "Not in TRL.")
        int rewardConcurrency,
    @Option(
            defaultValue = "600.0",
            range = "[0,86400]",
            help =
                "Seconds for which a run waits for a reward_base_url that has gone away, before it "
                    + "ends; it can be resumed then.",
            difference = "Not in TRL.")
        double rewardPatience,
    @Option(
            help =
                "A weight for each reward, in the order: models, functions, endpoint; null gives each "
                    + "the weight 1.")
        @Nullable List<Double> rewardWeights)
    implements Checked {
  public RewardSourceOptions {
    rewardModelNameOrPath = copy(rewardModelNameOrPath);
    rewardFuncs = copy(rewardFuncs);
    rewardClassPath = copy(rewardClassPath);
    rewardWeights = copy(rewardWeights);
  }

  private static <T> @Nullable List<T> copy(@Nullable List<T> list) {
    return list == null ? null : List.copyOf(list);
  }

  private static int size(@Nullable List<?> list) {
    return list == null ? 0 : list.size();
  }

  /** How many rewards are named. */
  public int count() {
    return size(rewardModelNameOrPath) + size(rewardFuncs) + (rewardBaseUrl == null ? 0 : 1);
  }

  /** The folders of the reward models. */
  public List<String> models() {
    return rewardModelNameOrPath == null ? List.of() : rewardModelNameOrPath;
  }

  /** The names of the rules. */
  public List<String> functions() {
    return rewardFuncs == null ? List.of() : rewardFuncs;
  }

  /** The weight of a reward. */
  public double weight(int number) {
    return rewardWeights == null ? 1 : rewardWeights.get(number);
  }

  @Override
  public void check(Check check) {
    if (rewardBaseUrl == null) {
      check.noEffect(
          Set.of(
              "reward_judge_model",
              "reward_rubric",
              "reward_api_key_env",
              "reward_concurrency",
              "reward_patience"),
          "without reward_base_url");
    } else if (rewardJudgeModel == null) {
      check.fault("reward_judge_model", "is missing: name the model at reward_base_url");
    }
    if (rewardFuncs == null) {
      check.noEffect("reward_class_path", "without reward_funcs");
    }
    if (rewardWeights != null && count() > 0 && rewardWeights.size() != count()) {
      check.fault(
          "reward_weights",
          "has %d weights for %d rewards: give one for each"
              .formatted(rewardWeights.size(), count()));
    } else if (rewardWeights != null && rewardWeights.stream().allMatch(weight -> weight == 0)) {
      check.fault("reward_weights", "are all 0: nothing would be learnt; give one another weight");
    }
  }
}
