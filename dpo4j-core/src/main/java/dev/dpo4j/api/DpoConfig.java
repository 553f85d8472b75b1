/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.DataOptions;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.ModelOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.dpo.DpoRunConfig;
import dev.dpo4j.train.dpo.GuardOptions;
import dev.dpo4j.train.dpo.SftFirstOptions;
import dev.dpo4j.train.options.BemaOptions;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.LoopOptions;
import dev.dpo4j.train.options.OutputOptions;
import dev.dpo4j.train.options.PeftOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.TextOptions;
import dev.dpo4j.train.sft.SftRunConfig;
import java.nio.file.Path;
import java.util.Set;

/**
 * Everything that decides a DPO run.
 *
 * <p>The keys carry the names of TRL's {@code DPOConfig}, {@code ScriptArguments} and {@code
 * ModelConfig} and of transformers' {@code TrainingArguments}.
 */
@GenerateBuilder
public record DpoConfig(
    @Option(help = "Model") ModelOptions model,
    @Option(help = "Texts") TextOptions texts,
    @Option(help = "Data") DataOptions data,
    @Option(help = "SFT first") SftFirstOptions sft,
    @Option(help = "Reference model") ReferenceOptions reference,
    @Option(help = "Loss") LossOptions loss,
    @Option(help = "Guard") GuardOptions guard,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(help = "Optimizer") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Averaged weights") BemaOptions bema,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements DpoRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static DpoConfigBuilder builder() {
    return new DpoConfigBuilder();
  }

  /**
   * Reads the config from a YAML file, which may also be one of TRL or another tool that {@code
   * --config} understands.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static DpoConfig of(Path yaml) {
    return ConfigYaml.read(yaml, binder());
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static DpoConfig of(String yaml) {
    return ConfigYaml.parse(yaml, DpoConfig.class, binder());
  }

  /** Returns a builder that starts with the values of this config. */
  public DpoConfigBuilder toBuilder() {
    return new DpoConfigBuilder(this);
  }

  /**
   * Returns the binder of files and flags onto this record, which also takes those of other tools.
   */
  public static Binder<DpoConfig> binder() {
    return Binder.of(DpoConfig.class, new RecipeDialect(RecipeMethod.DPO));
  }

  /** Returns the binder of a command that trains on pairs: dpo, orpo or cpo. */
  public static Binder<DpoConfig> binder(RecipeMethod method) {
    return Binder.of(DpoConfig.class, new RecipeDialect(method));
  }

  @Override
  public DatasetOptions dataset() {
    return data.dataset();
  }

  @Override
  public SftRunConfig sftPhase(Path folder) {
    return SftPhaseConfig.of(this, folder);
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    if (!Objective.usesReference(loss.lossType())) {
      String why = "with loss_type " + loss.names() + ": it has no reference";
      check.noEffect(ReferenceOptions.KEYS, why, "loss_type");
      check.noEffect(Set.of("ref_model_name_or_path", "displacement_limit"), why, "loss_type");
    }
    if (peft.usePeft() && sft.sftFirst()) {
      check.fault(
          "sft_first",
          "is not built for adapters: train the adapter with dpo4j sft, and then go on with"
              + " model_name_or_path set to it");
    }
    if (sft.sftFirst() && model.refModelNameOrPath() != null) {
      check.fault(
          "ref_model_name_or_path",
          "cannot be set together with sft_first: the reference is the model after SFT");
    }
  }
}
