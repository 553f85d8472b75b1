/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.weights.OutputFolder;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  /** What a run writes beside its adapter. */
  private static final String RUN_CONFIG = "config.yaml";

  private static final Pattern PACKED =
      Pattern.compile("^load_in_([48])bit: true\\s*$", Pattern.MULTILINE);

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
    try (OwnerLock owner = OwnerLock.ofFolder(output)) {
      OutputFolder.refuseModels(output, List.of(folder));
      OutputFolder.prepare(output, options.overwriteOutputDir());
      try (LanguageModel model = LanguageModel.loadEither(folder)) {
        OutputFolder.refuseModels(output, List.of(model.base()));
        notePacked(folder, model);
        model.mergeAdapter();
        model.save(output, DType.valueOf(options.dtype().toUpperCase(Locale.ROOT)));
      }
    } catch (FileAlreadyExistsException e) {
      String reason = String.valueOf(e.getReason());
      throw new ConfigException(new Fault("output_dir", output.toString(), reason));
    }
    console.out().println(output);
    return ExitCode.DONE;
  }

  /** Says what changes for an adapter that learnt to make up for the rounding of its base. */
  private void notePacked(Path folder, LanguageModel model) throws IOException {
    if (model.isQuantised()) {
      console
          .err()
          .printf(
              "note: %s is quantised; its weights are widened to what they stand for before the adapter is added, and the result is not packed%n",
              model.base());
      return;
    }
    Path config = folder.resolve(RUN_CONFIG);
    String text = Files.isRegularFile(config) ? Files.readString(config) : "";
    Matcher packed = PACKED.matcher(text);
    if (packed.find()) {
      console
          .err()
          .printf(
              "note: the adapter was trained on %s in %s bits and is added to its full weights, which were not rounded: answers differ a little from those that training saw. Compare them with ./dpo4j eval, and generate with load_in_%sbit to see the former%n",
              model.base(), packed.group(1), packed.group(1));
    }
  }
}
