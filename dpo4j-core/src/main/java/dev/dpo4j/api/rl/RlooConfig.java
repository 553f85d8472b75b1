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
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.grpo.GroupObjective;
import dev.dpo4j.train.grpo.GroupOptions;
import dev.dpo4j.train.grpo.GroupRunConfig;
import dev.dpo4j.train.grpo.RlooObjective;
import dev.dpo4j.train.grpo.RlooOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import dev.dpo4j.train.rollout.RewardSourceOptions;
import dev.dpo4j.train.rollout.RolloutOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that decides a run of RLOO; names and defaults are those of TRL's {@code RLOOConfig}.
 *
 * <p>The rows are prompts, which the model answers while it is trained.
 */
@GenerateBuilder
public record RlooConfig(
    @Option(help = "Model") ModelOptions model,
    @Option(help = "Rewards") RewardSourceOptions rewards,
    @Option(help = "Texts") TextOptions texts,
    @Option(
            help = "Data",
            defaults = {"max_length=null", "max_completion_length=512"})
        DatasetOptions dataset,
    @Option(help = "Sampling") RolloutOptions rollout,
    @Option(
            help = "Groups",
            defaults = {"num_generations=2", "beta=0.05"})
        GroupOptions group,
    @Option(help = "Rewards of RLOO") RlooOptions loss,
    @Option(help = "Reference model") ReferenceOptions reference,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(help = "Optimizer", defaults = "learning_rate=1e-6") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements GroupRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static RlooConfigBuilder builder() {
    return new RlooConfigBuilder();
  }

  /**
   * Reads the config from a YAML file, which may also be one of TRL.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static RlooConfig of(Path yaml) {
    return binder().bind(YamlSource.read(yaml), List.of()).value();
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static RlooConfig of(String yaml) {
    return binder().bind(YamlSource.parse(yaml, "RlooConfig.of"), List.of()).value();
  }

  /** Returns a builder that starts with the values of this config. */
  public RlooConfigBuilder toBuilder() {
    return new RlooConfigBuilder(this);
  }

  /** Returns the binder of files and flags onto this record, which also takes those of TRL. */
  public static Binder<RlooConfig> binder() {
    return Binder.of(RlooConfig.class, new RecipeDialect(RecipeMethod.RLOO));
  }

  @Override
  public GroupObjective objective() {
    return new RlooObjective(group, loss);
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    checkRollouts(check);
  }
}
