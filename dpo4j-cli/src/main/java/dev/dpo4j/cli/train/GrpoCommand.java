/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.GrpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.train.grpo.GroupRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import java.util.function.Function;
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
  <T> T run(RolloutParts parts, GrpoConfig config, RunHooks hooks, Function<TrainingRun, T> use) {
    return use.apply(GroupRun.of(parts, config, hooks));
  }
}
