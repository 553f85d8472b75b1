/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.ModelOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.kto.KtoOptions;
import dev.dpo4j.train.kto.KtoRunConfig;
import dev.dpo4j.train.options.BemaOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import java.nio.file.Path;

/**
 * Everything that decides a KTO run; names and defaults are those of TRL's {@code KTOConfig}.
 *
 * <p>The rows are single answers with a label, or pairs, which are split.
 */
@GenerateBuilder
public record KtoConfig(
    @Option(help = "Model") ModelOptions model,
    @Option(help = "Texts") TextOptions texts,
    @Option(help = "Data") DatasetOptions dataset,
    @Option(help = "Ranked answers") RankedOptions ranked,
    @Option(help = "Reference model") ReferenceOptions reference,
    @Option(help = "Loss") KtoOptions loss,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(help = "Optimizer") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop", defaults = "train_sampling_strategy=sequential") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Averaged weights") BemaOptions bema,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements KtoRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static KtoConfigBuilder builder() {
    return new KtoConfigBuilder();
  }

  /**
   * Reads the config from a YAML file, which may also be one of TRL or another tool that {@code
   * --config} understands.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static KtoConfig of(Path yaml) {
    return ConfigYaml.read(yaml, binder());
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static KtoConfig of(String yaml) {
    return ConfigYaml.parse(yaml, KtoConfig.class, binder());
  }

  /** Returns a builder that starts with the values of this config. */
  public KtoConfigBuilder toBuilder() {
    return new KtoConfigBuilder(this);
  }

  /**
   * Returns the binder of files and flags onto this record, which also takes those of other tools.
   */
  public static Binder<KtoConfig> binder() {
    return Binder.of(KtoConfig.class, new RecipeDialect(RecipeMethod.KTO));
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    if (dataset.limits().keepEnd()) {
      check.fault(
          "truncation_mode",
          "must not be keep_end in kto, which keeps the prompt for the answers of other rows");
    }
    check.noEffect("ref_logps_cache", "in kto: its mismatched pairs change with the batch");
    if (loss.loss().usesKl()
        && loop.perDeviceTrainBatchSize() * loop.gradientAccumulationSteps() == 1) {
      check.fault(
          "per_device_train_batch_size",
          "kto estimates the KL divergence over the optimizer batch, which needs 2 rows or more,"
              + " but per_device_train_batch_size times gradient_accumulation_steps is 1: raise one of"
              + " them, or take loss_type apo_zero_unpaired");
    }
  }
}
