/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains by PPO on the model's own answers. */
@Command(
    name = "ppo",
    description = {
      "Train a model by PPO: it answers prompts, a reward model judges the answers.",
      "",
      "The keys are those of PPOConfig in TRL 0.19. Rows are prompts; of preference pairs the "
          + "prompts are taken. What judges the answers is named with reward_model_name_or_path, "
          + "reward_funcs or reward_base_url. A step is a rollout and all that is learnt from it. Ctrl-C finishes "
          + "the step, saves and exits with 130; --resume_from_checkpoint auto goes on there."
    })
public final class PpoCommand extends RolloutCommand<PpoConfig> {

  public PpoCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(PpoConfig.binder(), console, interruption, environment);
  }

  @Override
  RewardSource judge(Path folder, LanguageModel policy, ComputeOptions compute) {
    return TokenReward.load(folder, policy, compute);
  }

  @Override
  <T> T run(RolloutParts parts, PpoConfig config, RunHooks hooks, Function<TrainingRun, T> use) {
    Path start = criticFolder(parts, config);
    LanguageModel policy = parts.policy();
    // One that begins as the policy has the tokens that the policy was given.
    TextChanges changes = start.equals(policy.folder()) ? policy.changes() : TextChanges.NONE;
    try (LanguageModel critic =
        LanguageModel.loadForRewards(start, BaseForm.FLOAT32, config.loop().seed(), changes)) {
      return use.apply(PpoRun.of(parts, critic, config, hooks));
    }
  }

  /** That of a reward model which reads the policy's tokens, if there is one. */
  private static Path criticFolder(RolloutParts parts, PpoConfig config) {
    @Nullable String named = config.critic().valueModelPath();
    if (named != null) {
      return Path.of(named);
    }
    for (WeightedReward reward : parts.rewards().weighted()) {
      if (reward.source() instanceof TokenReward judge) {
        return judge.folder();
      }
    }
    return parts.policy().folder();
  }
}
