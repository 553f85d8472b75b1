/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.Map;

/**
 * A command that trains on answers that the model gives while it is trained.
 *
 * @param <C> the configuration
 */
abstract class RolloutCommand<C extends Record & RunConfig> extends TrainCommand<C, PromptDataset> {
  private final Map<String, String> environment;

  RolloutCommand(
      Binder<C> binder,
      Console console,
      Interruption interruption,
      Map<String, String> environment) {
    super(binder, console, interruption);
    this.environment = environment;
  }

  /** Prepares a run. */
  abstract TrainingRun run(Inputs<PromptDataset> inputs, C config, Rewards rewards, RunHooks hooks);

  /** What judges the answers. */
  abstract RewardSourceOptions rewards(C config);

  @Override
  final PromptDataset read(ChatTokenizer tokenizer, C config, DataSource source) {
    return PromptRows.read(source).tokenize(tokenizer, config.dataset().limits());
  }

  @Override
  final DataReport report(PromptDataset data) {
    return data.report();
  }

  @Override
  final TrainResult train(Inputs<PromptDataset> inputs, C config, RunHooks hooks) {
    try (Rewards rewards = open(config)) {
      return run(inputs, config, rewards, hooks).run();
    }
  }

  @Override
  final RunPlan plan(Inputs<PromptDataset> inputs, C config) {
    try (Rewards rewards = open(config)) {
      return run(inputs, config, rewards, RunHooks.NONE).plan();
    }
  }

  private Rewards open(C config) {
    return new RewardSetup(rewards(config), config, environment).make();
  }
}
