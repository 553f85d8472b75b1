/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.DataOptions;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.PolicyOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.options.BemaOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import dev.dpo4j.train.reward.RewardOptions;
import dev.dpo4j.train.reward.RewardRunConfig;
import java.nio.file.Path;
import java.util.Set;

/**
 * Everything that decides the training of a reward model; names and defaults are those of TRL's
 * {@code RewardConfig}.
 *
 * <p>The rows are preference pairs, of which nothing is cut.
 */
@GenerateBuilder
public record RewardConfig(
    @Option(help = "Model") PolicyOptions model,
    @Option(help = "Texts") TextOptions texts,
    @Option(help = "Data") DataOptions data,
    @Option(help = "Loss") RewardOptions loss,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(help = "Optimizer", defaults = "learning_rate=1e-4") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Averaged weights") BemaOptions bema,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements RewardRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static RewardConfigBuilder builder() {
    return new RewardConfigBuilder();
  }

  /**
   * Reads the config from a YAML file, which may also be one of TRL or another tool that {@code
   * --config} understands.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static RewardConfig of(Path yaml) {
    return ConfigYaml.read(yaml, binder());
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static RewardConfig of(String yaml) {
    return ConfigYaml.parse(yaml, RewardConfig.class, binder());
  }

  /** Returns a builder that starts with the values of this config. */
  public RewardConfigBuilder toBuilder() {
    return new RewardConfigBuilder(this);
  }

  /**
   * Returns the binder of files and flags onto this record, which also takes those of other tools.
   */
  public static Binder<RewardConfig> binder() {
    return Binder.of(RewardConfig.class, new RecipeDialect(RecipeMethod.REWARD));
  }

  @Override
  public DatasetOptions dataset() {
    return data.dataset();
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    check.noEffect(
        Set.of("max_prompt_length", "max_completion_length", "truncation_mode"),
        "in reward: a row longer than max_length is dropped, none is cut");
    check.noEffect("log_completions", "in reward: the model scores answers and writes none");
  }
}
