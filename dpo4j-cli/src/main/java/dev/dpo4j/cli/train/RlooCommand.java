/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.RlooConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import java.util.function.Function;
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
  <T> T run(RolloutParts parts, RlooConfig config, RunHooks hooks, Function<TrainingRun, T> use) {
    return use.apply(GroupRun.of(parts, config, hooks));
  }
}
