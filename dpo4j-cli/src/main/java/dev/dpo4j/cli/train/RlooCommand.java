/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.RlooConfig;
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

/** Trains on answers less the mean reward of the others to their prompt (RLOO). */
@Command(
    name = "rloo",
    description = {
      "Train a model on its own answers, each against the mean of the others to its prompt (RLOO).",
      "",
      "The keys are those of TRL's RLOOConfig. Rows are prompts; of preference pairs the prompts "
          + "are taken, and other columns go to the rewards. What judges the answers is named with "
          + "reward_model_name_or_path, reward_funcs or reward_base_url. Ctrl-C finishes the step, "
          + "saves and exits with 130; --resume_from_checkpoint auto goes on there."
    })
public final class RlooCommand extends RolloutCommand<RlooConfig> {

  public RlooCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(RlooConfig.binder(), console, interruption, environment);
  }

  @Override
  @Nullable String modelFolder(RlooConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(RlooConfig config) {
    return config.group().beta() == 0 ? null : config.model().refModelNameOrPath();
  }

  @Override
  TrainingRun run(
      Inputs<PromptDataset> inputs, RlooConfig config, Rewards rewards, RunHooks hooks) {
    return GroupRun.of(
        new GroupRun.Parts(
            inputs.policy(), inputs.reference(), inputs.train(), inputs.eval(), rewards, null),
        config,
        hooks);
  }

  @Override
  RewardSourceOptions rewards(RlooConfig config) {
    return config.rewards();
  }
}
