/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.train.dpo.OnlineDpoRun;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains by DPO on pairs of the model's own answers. */
@Command(
    name = "online_dpo",
    description = {
      "Train a model by DPO on its own answers: the best against the worst to each prompt.",
      "",
      "Rows are prompts; of preference pairs the prompts are taken, and other columns go to the "
          + "rewards. What judges the answers is named with reward_model_name_or_path, reward_funcs "
          + "or reward_base_url. Every rollout_steps steps new answers are sampled. Ctrl-C finishes "
          + "the step, saves and exits with 130; --resume_from_checkpoint auto goes on there."
    })
public final class OnlineDpoCommand extends RolloutCommand<OnlineDpoConfig> {

  public OnlineDpoCommand(
      Console console, Interruption interruption, Map<String, String> environment) {
    super(OnlineDpoConfig.binder(), console, interruption, environment);
  }

  @Override
  @Nullable String modelFolder(OnlineDpoConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(OnlineDpoConfig config) {
    return config.model().refModelNameOrPath();
  }

  @Override
  TrainingRun run(
      Inputs<PromptDataset> inputs, OnlineDpoConfig config, Rewards rewards, RunHooks hooks) {
    return OnlineDpoRun.of(
        new OnlineDpoRun.Parts(
            inputs.policy(), inputs.reference(), inputs.train(), inputs.eval(), rewards, null),
        config,
        hooks);
  }

  @Override
  RewardSourceOptions rewards(OnlineDpoConfig config) {
    return config.rewards();
  }
}
