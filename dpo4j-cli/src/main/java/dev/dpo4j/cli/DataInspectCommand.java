/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.config.Binder;
import dev.dpo4j.data.DataInspector;
import dev.dpo4j.data.DataInspector.Inspection;
import dev.dpo4j.data.PreferenceData;
import dev.dpo4j.data.TokenizeOptions;
import dev.dpo4j.model.LoraFolder;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;

/** Shows what training would make of preference data. */
@Command(
    name = "inspect",
    description = {
      "Show what training would make of preference data.",
      "",
      "How many rows are kept, cut and dropped and why, how long they are, and single rows as the",
      "model gets them."
    })
final class DataInspectCommand extends BoundCommand<InspectOptions> {
  private final Console console;

  DataInspectCommand(Console console) {
    super(Binder.of(InspectOptions.class), "dataset_name", "model_name_or_path");
    this.console = console;
  }

  @Override
  String positionalKey() {
    return "dataset_name";
  }

  @Override
  String parentName() {
    return "data ";
  }

  @Override
  ExitCode run(InspectOptions options) {
    Path model = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    Path file = Path.of(Objects.requireNonNull(options.datasetName()));
    Set<Integer> wanted = new HashSet<>(options.rows());
    try (HfTokenizer tokenizer = HfTokenizer.load(LoraFolder.tokenizer(model))) {
      Inspection inspection =
          DataInspector.inspect(
              PreferenceData.read(file, options.datasetTrainSplit()),
              tokenizer.chat(),
              new TokenizeOptions(options.maxLength(), options.dropIdenticalPairs()),
              wanted::contains);
      console.out().println(options.json() ? inspection.toJson() : inspection.toText());
    }
    return ExitCode.DONE;
  }
}
