/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.api.SftConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.sft.SftRun;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains on examples of good answers. */
@Command(
    name = "sft",
    description = {
      "Train a model on examples (supervised fine-tuning).",
      "",
      "The keys are those of TRL's SFTConfig. Rows are messages, a text, prompt and "
          + "completion, or preference pairs, of which the chosen answers are learnt. Ctrl-C "
          + "finishes the step, saves and exits with 130; --resume_from_checkpoint auto goes "
          + "on there."
    })
public final class SftCommand extends TrainCommand<SftConfig, ExampleDataset> {

  public SftCommand(Console console, Interruption interruption) {
    super(SftConfig.binder(), console, interruption);
  }

  @Override
  @Nullable String modelFolder(SftConfig config) {
    return config.model().modelNameOrPath();
  }

  @Override
  @Nullable String referenceFolder(SftConfig config) {
    return null;
  }

  @Override
  ExampleDataset read(ChatTokenizer tokenizer, SftConfig config, DataSource source) {
    return TrainingRows.read(source)
        .tokenizeSupervised(tokenizer, config.data().supervisedOptions(), watch());
  }

  @Override
  DataReport report(ExampleDataset data) {
    return data.report();
  }

  @Override
  TrainResult train(Inputs<ExampleDataset> inputs, SftConfig config, RunHooks hooks) {
    return SftRun.of(parts(inputs), config, hooks).run();
  }

  @Override
  RunPlan plan(Inputs<ExampleDataset> inputs, SftConfig config) {
    return SftRun.of(parts(inputs), config, RunHooks.NONE).plan();
  }

  private static SftRun.Parts parts(Inputs<ExampleDataset> inputs) {
    return new SftRun.Parts(inputs.policy(), inputs.train(), inputs.eval());
  }
}
