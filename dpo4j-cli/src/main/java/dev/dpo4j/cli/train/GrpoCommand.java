/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains by comparing the answers to a prompt with each other (GRPO). */
@Command(
    name = "grpo",
    description = {
      "Train a model on its own answers, each compared with the others to its prompt (GRPO).",
      "",
      "The keys are those of TRL's GRPOConfig. Rows are prompts; of preference pairs the prompts "
          + "are taken, and other columns go to the rewards. What judges the answers is named with "
          + "reward_model_name_or_path, reward_funcs or reward_base_url. Ctrl-C finishes the step, "
          + "saves and exits with 130; --resume_from_checkpoint auto goes on there."
    })
public final class GrpoCommand extends RolloutCommand<GrpoConfig> {

  public GrpoCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(GrpoConfig.binder(), console, interruption, environment);
  }

  @Override
  @Nullable String modelFolder(GrpoConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(GrpoConfig config) {
    return config.group().beta() == 0 ? null : config.model().refModelNameOrPath();
  }

  @Override
  TrainingRun run(
      Inputs<PromptDataset> inputs, GrpoConfig config, Rewards rewards, RunHooks hooks) {
    return GroupRun.of(
        new GroupRun.Parts(
            inputs.policy(), inputs.reference(), inputs.train(), inputs.eval(), rewards, null),
        config,
        hooks);
  }

  @Override
  RewardSourceOptions rewards(GrpoConfig config) {
    return config.rewards();
  }
}
