/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.KtoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.kto.KtoRun;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains on single answers judged good or bad. */
@Command(
    name = "kto",
    description = {
      "Train a model on single answers with a label, desirable or not (KTO).",
      "",
      "The keys are those of TRL's KTOConfig. Rows are prompt, completion and label, or "
          + "preference pairs, which are split. Ctrl-C finishes the step, saves and exits "
          + "with 130; --resume_from_checkpoint auto goes on there."
    })
public final class KtoCommand extends TrainCommand<KtoConfig, ExampleDataset> {

  public KtoCommand(Console console, Interruption interruption) {
    super(KtoConfig.binder(), console, interruption);
  }

  @Override
  @Nullable String modelFolder(KtoConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(KtoConfig config) {
    return config.model().refModelNameOrPath();
  }

  @Override
  ExampleDataset read(ChatTokenizer tokenizer, KtoConfig config, DataSource source) {
    return TrainingRows.read(source, config.ranked())
        .tokenizeLabelled(tokenizer, config.dataset().limits(), watch());
  }

  @Override
  DataReport report(ExampleDataset data) {
    return data.report();
  }

  @Override
  TrainResult train(Inputs<ExampleDataset> inputs, KtoConfig config, RunHooks hooks) {
    return KtoRun.of(parts(inputs), config, hooks).run();
  }

  @Override
  RunPlan plan(Inputs<ExampleDataset> inputs, KtoConfig config) {
    return KtoRun.of(parts(inputs), config, RunHooks.NONE).plan();
  }

  private static KtoRun.Parts parts(Inputs<ExampleDataset> inputs) {
    return new KtoRun.Parts(inputs.policy(), inputs.reference(), inputs.train(), inputs.eval());
  }
}
