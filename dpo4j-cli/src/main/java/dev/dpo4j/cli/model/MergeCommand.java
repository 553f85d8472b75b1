/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine.Command;

/** Makes a full model of an adapter and its base. */
@Command(
    name = "merge",
    description = {
      "Add an adapter to the weights of its base model and write the full model.",
      "",
      "The result is a Hugging Face folder that needs neither the adapter nor PEFT."
    })
public final class MergeCommand extends BoundCommand<MergeOptions> {
  private final Console console;

  public MergeCommand(Console console) {
    super(Binder.of(MergeOptions.class), "model_name_or_path", "output_dir");
    this.console = console;
  }

  @Override
  protected ExitCode run(MergeOptions options) throws IOException {
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    Path output = Objects.requireNonNull(options.outputDir());
    if (!LoraFolder.isAdapter(folder)) {
      throw new ConfigException(
          new Fault(
              "model_name_or_path",
              "",
              "must be the folder of an adapter, but " + folder + " has no " + LoraFolder.CONFIG));
    }
    MergedModel.into(
        output,
        options.overwriteOutputDir(),
        List.of(folder, LoraFolder.base(folder)),
        () -> {
          try (LanguageModel model = MergedModel.load(folder, console)) {
            model.save(output, DType.valueOf(options.dtype().toUpperCase(Locale.ROOT)));
          }
        });
    console.out().println(output);
    return ExitCode.DONE;
  }
}
