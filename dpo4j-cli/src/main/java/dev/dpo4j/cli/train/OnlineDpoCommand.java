/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.OnlineDpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.train.dpo.OnlineDpoRun;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;
import java.util.function.Function;
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
  <T> T run(
      RolloutParts parts, OnlineDpoConfig config, RunHooks hooks, Function<TrainingRun, T> use) {
    return use.apply(OnlineDpoRun.of(parts, config, hooks));
  }
}
