/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.SupervisedDataOptions;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.PolicyOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.options.BemaOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import dev.dpo4j.train.sft.SftOptions;
import dev.dpo4j.train.sft.SftRunConfig;
import java.nio.file.Path;
import java.util.Set;

/**
 * Everything that decides a run of supervised fine-tuning; names and defaults are those of TRL's
 * {@code SFTConfig}.
 */
@GenerateBuilder
public record SftConfig(
    @Option(help = "Model") PolicyOptions model,
    @Option(help = "Texts") TextOptions texts,
    @Option(help = "Data") SupervisedDataOptions data,
    @Option(help = "Loss") SftOptions loss,
    @Option(help = "Adapter", defaults = "disable_dropout=false") PeftOptions peft,
    @Option(help = "Optimizer", defaults = "learning_rate=2e-5") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Averaged weights") BemaOptions bema,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements SftRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static SftConfigBuilder builder() {
    return new SftConfigBuilder();
  }

  /**
   * Reads the config from a YAML file, which may also be one of TRL or another tool that {@code
   * --config} understands.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static SftConfig of(Path yaml) {
    return ConfigYaml.read(yaml, binder());
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static SftConfig of(String yaml) {
    return ConfigYaml.parse(yaml, SftConfig.class, binder());
  }

  /** Returns a builder that starts with the values of this config. */
  public SftConfigBuilder toBuilder() {
    return new SftConfigBuilder(this);
  }

  /**
   * Returns the binder of files and flags onto this record, which also takes those of other tools.
   */
  public static Binder<SftConfig> binder() {
    return Binder.of(SftConfig.class, new RecipeDialect(RecipeMethod.SFT));
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
    if (eval.strategy() == Interval.NO) {
      check.idle(Set.of("eval_packing"), "without an evaluation (eval_strategy is no)");
    }
    check.noEffect(
        Set.of("max_prompt_length", "max_completion_length"),
        "in sft: set max_length, which limits prompt and completion together");
  }
}
