/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.rollout.ModelReward;
import dev.dpo4j.train.rollout.RewardSource;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.rollout.RolloutRunConfig;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A command that trains on answers that the model gives while it is trained.
 *
 * @param <C> the configuration
 */
abstract class RolloutCommand<C extends Record & RolloutRunConfig>
    extends TrainCommand<C, PromptDataset> {
  private final Map<String, String> environment;

  RolloutCommand(
      Binder<C> binder,
      Console console,
      Interruption interruption,
      Map<String, String> environment) {
    super(binder, console, interruption);
    this.environment = Map.copyOf(environment);
  }

  /**
   * Prepares a run and uses it; what else it needs is open meanwhile.
   *
   * @param use trains or plans
   */
  abstract <T> T run(RolloutParts parts, C config, RunHooks hooks, Function<TrainingRun, T> use);

  /** Loads a reward model to judge the answers of a policy. */
  RewardSource judge(Path folder, LanguageModel policy, ComputeOptions compute) {
    return ModelReward.load(folder, compute);
  }

  @Override
  final void lookAhead(C config) {
    RewardSetup.check(config.rewards());
  }

  @Override
  final @Nullable String modelFolder(C config) {
    return config.model().modelNameOrPath();
  }

  @Override
  final @Nullable String referenceFolder(C config) {
    return config.referenceFolder();
  }

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
    return judged(inputs, config, hooks, TrainingRun::run);
  }

  @Override
  final RunPlan plan(Inputs<PromptDataset> inputs, C config) {
    return judged(inputs, config, RunHooks.NONE, TrainingRun::plan);
  }

  private <T> T judged(
      Inputs<PromptDataset> inputs, C config, RunHooks hooks, Function<TrainingRun, T> use) {
    LanguageModel policy = inputs.policy();
    try (Rewards rewards =
        new RewardSetup(config, environment, (folder, compute) -> judge(folder, policy, compute))
            .make()) {
      RolloutParts parts =
          new RolloutParts(
              policy, inputs.reference(), inputs.train(), inputs.eval(), rewards, null);
      return run(parts, config, hooks, use);
    }
  }
}
