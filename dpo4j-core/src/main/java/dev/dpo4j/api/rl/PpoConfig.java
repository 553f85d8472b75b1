/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.ModelOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import dev.dpo4j.train.ppo.PpoModelOptions;
import dev.dpo4j.train.ppo.PpoOptions;
import dev.dpo4j.train.ppo.PpoRunConfig;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.RolloutOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Everything that decides a PPO run; names are those of {@code PPOConfig} in TRL 0.19, the last
 * version with a stable PPOTrainer.
 *
 * <p>The rows are prompts. A step is a rollout of {@code per_device_train_batch_size} times {@code
 * gradient_accumulation_steps} answers and all that is learnt from it.
 */
@GenerateBuilder
public record PpoConfig(
    @Option(help = "Model") ModelOptions model,
    @Option(help = "Rewards") RewardSourceOptions rewards,
    @Option(help = "Value model") PpoModelOptions critic,
    @Option(help = "Texts") TextOptions texts,
    @Option(help = "Data") DatasetOptions dataset,
    @Option(help = "Reference model") ReferenceOptions reference,
    @Option(help = "Sampling", defaults = "temperature=0.7") RolloutOptions rollout,
    @Option(help = "PPO") PpoOptions ppo,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(
            help = "Optimizer",
            defaults = {"learning_rate=3e-6", "max_grad_norm=0"})
        OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements PpoRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static PpoConfigBuilder builder() {
    return new PpoConfigBuilder();
  }

  /**
   * Reads the config from a YAML file.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static PpoConfig of(Path yaml) {
    return binder().bind(YamlSource.read(yaml), List.of()).value();
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static PpoConfig of(String yaml) {
    return binder().bind(YamlSource.parse(yaml, "PpoConfig.of"), List.of()).value();
  }

  /** Returns a builder that starts with the values of this config. */
  public PpoConfigBuilder toBuilder() {
    return new PpoConfigBuilder(this);
  }

  /** Returns the binder of files and flags onto this record. */
  public static Binder<PpoConfig> binder() {
    return Binder.of(PpoConfig.class);
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    check.noEffect(
        Set.of("precompute_ref_log_probs", "ref_logps_cache"),
        "in ppo, whose answers are not known before training");
    check.noEffect("max_completion_length", "in ppo: response_length limits the answers");
    check.noEffect("truncation_mode", "in ppo, which reads prompts alone");
    if (!peft.disableDropout()) {
      check.fault(
          "disable_dropout",
          "must be true in ppo: dropout would change the probabilities that ratios compare");
    }
    int answers = loop.perDeviceTrainBatchSize() * loop.gradientAccumulationSteps();
    if (answers % ppo.numMiniBatches() != 0) {
      check.fault(
          "num_mini_batches",
          "must divide the %d answers of a rollout, per_device_train_batch_size times gradient_accumulation_steps, but is %d"
              .formatted(answers, ppo.numMiniBatches()));
    }
    if (ppo.totalEpisodes() != null) {
      check.noEffect(
          Set.of("max_steps", "num_train_epochs"), "with total_episodes, which says how long");
    }
  }
}
