/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.run.RunHooks;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BooleanSupplier;
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
public final class PpoCommand extends TrainCommand<PpoConfig, PromptDataset> {

  private final Map<String, String> environment;

  public PpoCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(PpoConfig.binder(), console, interruption);
    this.environment = Map.copyOf(environment);
  }

  @Override
  @Nullable String modelFolder(PpoConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(PpoConfig config) {
    return config.model().refModelNameOrPath();
  }

  @Override
  PromptDataset read(ChatTokenizer tokenizer, PpoConfig config, DataSource source) {
    return PromptRows.read(source).tokenize(tokenizer, config.dataset().limits());
  }

  @Override
  DataReport report(PromptDataset data) {
    return data.report();
  }

  @Override
  TrainResult train(
      Inputs<PromptDataset> inputs,
      PpoConfig config,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    try (Judges judges = load(inputs.policy(), config)) {
      return PpoRun.of(judges.parts(inputs), config, RunHooks.of(listener, stopRequested)).run();
    }
  }

  @Override
  RunPlan plan(Inputs<PromptDataset> inputs, PpoConfig config) {
    try (Judges judges = load(inputs.policy(), config)) {
      return PpoRun.of(judges.parts(inputs), config, RunHooks.NONE).plan();
    }
  }

  /** Loads what judges answers, and the value model. */
  private Judges load(LanguageModel policy, PpoConfig config) {
    Rewards rewards =
        new RewardSetup(
                config.rewards(),
                config,
                environment,
                (folder, compute) -> TokenReward.load(folder, policy, compute))
            .make();
    try {
      long seed = config.loop().seed();
      Path start = criticFolder(policy, config);
      // One that begins as the policy has the tokens that the policy was given.
      TextChanges changes = start.equals(policy.folder()) ? policy.changes() : TextChanges.NONE;
      return new Judges(rewards, LanguageModel.loadForRewards(start, DType.FLOAT32, seed, changes));
    } catch (RuntimeException e) {
      rewards.close();
      throw e;
    }
  }

  private static Path criticFolder(LanguageModel policy, PpoConfig config) {
    @Nullable String named = config.critic().valueModelPath();
    if (named != null) {
      return Path.of(named);
    }
    for (String folder : config.rewards().models()) {
      Path path = Path.of(folder);
      try (LanguageModel reward = LanguageModel.loadReward(path)) {
        if (TokenReward.readsTokensOf(reward, policy)) {
          return path;
        }
      }
    }
    return policy.folder();
  }

  /**
   * What there is beside policy and reference.
   *
   * @param rewards judge answers; the run closes them
   * @param critic foretells rewards
   */
  private record Judges(Rewards rewards, LanguageModel critic) implements AutoCloseable {

    PpoRun.Parts parts(Inputs<PromptDataset> inputs) {
      return new PpoRun.Parts(
          inputs.policy(),
          inputs.reference(),
          critic,
          rewards.weighted(),
          inputs.train(),
          inputs.eval(),
          null);
    }

    @Override
    public void close() {
      critic.close();
    }
  }
}
