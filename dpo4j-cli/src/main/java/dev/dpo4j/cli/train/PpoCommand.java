/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.rl.PpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.PromptRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.ppo.PpoRun;
import dev.dpo4j.train.ppo.TokenReward;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
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
          + "prompts are taken. A step is a rollout and all that is learnt from it. Ctrl-C finishes "
          + "the step, saves and exits with 130; --resume_from_checkpoint auto goes on there."
    })
public final class PpoCommand extends TrainCommand<PpoConfig, PromptDataset> {

  public PpoCommand(Console console, Interruption interruption) {
    super(PpoConfig.binder(), console, interruption, "reward_model_path");
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
    try (Judges judges = Judges.load(inputs.policy(), config)) {
      return PpoRun.of(judges.parts(inputs, config), config, RunHooks.of(listener, stopRequested))
          .run();
    }
  }

  @Override
  RunPlan plan(Inputs<PromptDataset> inputs, PpoConfig config) {
    try (Judges judges = Judges.load(inputs.policy(), config)) {
      return PpoRun.of(judges.parts(inputs, config), config, RunHooks.NONE).plan();
    }
  }

  /**
   * The models beside policy and reference.
   *
   * @param reward judges answers
   * @param critic foretells rewards
   */
  private record Judges(LanguageModel reward, LanguageModel critic) implements AutoCloseable {

    static Judges load(LanguageModel policy, PpoConfig config) {
      Path folder = Path.of(Objects.requireNonNull(config.others().rewardModelPath()));
      LanguageModel reward = LanguageModel.loadReward(folder);
      try {
        @Nullable String named = config.others().valueModelPath();
        boolean alike = TokenReward.readsTokensOf(reward, policy);
        Path start = named != null ? Path.of(named) : alike ? folder : policy.folder();
        return new Judges(
            reward,
            LanguageModel.loadForRewards(
                start, DType.FLOAT32, config.loop().seed(), TextChanges.NONE));
      } catch (RuntimeException e) {
        reward.close();
        throw e;
      }
    }

    PpoRun.Parts parts(Inputs<PromptDataset> inputs, PpoConfig config) {
      ComputeOptions compute = TrainingRun.computeOptions(config.loop());
      WeightedReward judge =
          new WeightedReward(
              "reward_model", 1, TokenReward.of(reward, inputs.policy(), compute));
      return new PpoRun.Parts(
          inputs.policy(),
          inputs.reference(),
          critic,
          List.of(judge),
          inputs.train(),
          inputs.eval(),
          null);
    }

    @Override
    public void close() {
      critic.close();
      reward.close();
    }
  }
}
