/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api.rl;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.GenerateBuilder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.YamlSource;
import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.loss.objective.Objective;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.ModelOptions;
import dev.dpo4j.optim.OptimizerOptions;
import dev.dpo4j.optim.schedule.ScheduleOptions;
import dev.dpo4j.recipe.RecipeDialect;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.train.dpo.OnlineDpoRunConfig;
import dev.dpo4j.train.dpo.OnlineOptions;
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
import java.util.Set;

/**
 * Everything that decides a run of online DPO.
 *
 * <p>The rows are prompts; the best and the worst of the model's own answers to each are a pair of
 * DPO.
 */
@GenerateBuilder
public record OnlineDpoConfig(
    @Option(help = "Model") ModelOptions model,
    @Option(help = "Rewards") RewardSourceOptions rewards,
    @Option(help = "Texts") TextOptions texts,
    @Option(
            help = "Data",
            defaults = {"max_length=null", "max_completion_length=64"})
        DatasetOptions dataset,
    @Option(help = "Sampling", defaults = "temperature=0.9") RolloutOptions rollout,
    @Option(help = "Pairs") OnlineOptions online,
    @Option(help = "Loss") LossOptions loss,
    @Option(help = "Reference model") ReferenceOptions reference,
    @Option(help = "Adapter") PeftOptions peft,
    @Option(help = "Optimizer", defaults = "learning_rate=5e-7") OptimizerOptions optimizer,
    @Option(help = "Learning-rate schedule") ScheduleOptions schedule,
    @Option(help = "Device") DeviceOptions device,
    @Option(help = "Loop") LoopOptions loop,
    @Option(help = "Evaluation") EvalOptions eval,
    @Option(help = "Output and logging") OutputOptions output,
    @Option(help = "Checkpoints") SaveOptions save)
    implements OnlineDpoRunConfig, Checked {

  /** Returns a builder in which every key has its default. */
  public static OnlineDpoConfigBuilder builder() {
    return new OnlineDpoConfigBuilder();
  }

  /**
   * Reads the config from a YAML file.
   *
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static OnlineDpoConfig of(Path yaml) {
    return binder().bind(YamlSource.read(yaml), List.of()).value();
  }

  /**
   * Reads the config from a piece of YAML such as {@code "output_dir: runs/first\nmax_steps: 20"}.
   *
   * @param yaml keys and values; what is not named has its default
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public static OnlineDpoConfig of(String yaml) {
    return binder().bind(YamlSource.parse(yaml, "OnlineDpoConfig.of"), List.of()).value();
  }

  /** Returns a builder that starts with the values of this config. */
  public OnlineDpoConfigBuilder toBuilder() {
    return new OnlineDpoConfigBuilder(this);
  }

  /** Returns the binder of files and flags onto this record. */
  public static Binder<OnlineDpoConfig> binder() {
    return Binder.of(OnlineDpoConfig.class, new RecipeDialect(RecipeMethod.ONLINE_DPO));
  }

  @Override
  public String toYaml() {
    return binder().toYaml(this);
  }

  @Override
  public void check(Check check) {
    checkGroups(check);
    checkAnswers(check);
    if (!Objective.usesReference(loss.lossType())) {
      String why = "with loss_type " + loss.names() + ": it has no reference";
      check.noEffect(ReferenceOptions.KEYS, why, "loss_type");
      check.noEffect(Set.of("ref_model_name_or_path", "kl_limit"), why, "loss_type");
    }
  }
}
