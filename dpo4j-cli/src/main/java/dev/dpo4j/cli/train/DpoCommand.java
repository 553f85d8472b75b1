/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.recipe.RecipeMethod;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains with Direct Preference Optimization. */
@Command(
    name = "dpo",
    description = {
      "Train a model with Direct Preference Optimization.",
      "",
      "The keys are those of TRL's DPOConfig; a TRL YAML file runs. Ctrl-C finishes the "
          + "step, saves and exits with 130; SIGTERM does the same and exits with 75. "
          + "--resume_from_checkpoint auto goes on where a run was stopped or killed. dpo4j "
          + "explain lists the losses."
    })
public class DpoCommand extends TrainCommand<DpoConfig, PreferenceDataset> {

  public DpoCommand(Console console, Interruption interruption) {
    this(RecipeMethod.DPO, console, interruption);
  }

  /** A command that is called after a loss. */
  DpoCommand(RecipeMethod method, Console console, Interruption interruption) {
    super(DpoConfig.binder(method), console, interruption);
  }

  @Override
  @Nullable String modelFolder(DpoConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(DpoConfig config) {
    return config.model().refModelNameOrPath();
  }

  @Override
  PreferenceDataset read(ChatTokenizer tokenizer, DpoConfig config, DataSource source) {
    return PreferenceRows.read(source, config.data().ranked())
        .tokenize(tokenizer, config.data().tokenizeOptions(), watch());
  }

  @Override
  DataReport report(PreferenceDataset data) {
    return data.report();
  }

  @Override
  TrainResult train(Inputs<PreferenceDataset> inputs, DpoConfig config, RunHooks hooks) {
    return DpoRun.of(parts(inputs), config, hooks).run();
  }

  @Override
  RunPlan plan(Inputs<PreferenceDataset> inputs, DpoConfig config) {
    return DpoRun.of(parts(inputs), config, RunHooks.NONE).plan();
  }

  private static DpoRun.Parts parts(Inputs<PreferenceDataset> inputs) {
    return new DpoRun.Parts(inputs.policy(), inputs.reference(), inputs.train(), inputs.eval());
  }
}
