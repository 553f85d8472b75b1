/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.data;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.DataInspector;
import dev.dpo4j.data.DataInspector.Inspection;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;

/** Shows what training would make of preference data. */
@Command(
    name = "inspect",
    description = {
      "Show what training would make of preference data.",
      "",
      "How many rows are kept, cut and dropped and why, how long they are, and single "
          + "rows as the model gets them."
    })
public final class DataInspectCommand extends BoundCommand<InspectOptions> {
  private final Console console;

  public DataInspectCommand(Console console) {
    super(Binder.of(InspectOptions.class), "dataset_name", "model_name_or_path");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "dataset_name"));
  }

  @Override
  protected boolean isRequired(String key, Set<String> given) {
    return !(key.equals("dataset_name") && given.contains("dataset"));
  }

  @Override
  protected ExitCode run(InspectOptions options) {
    Path model = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    DataSource source =
        DataSource.of(
            options.datasetName(), options.datasetTrainSplit(), options.sources(), options.seed());
    Set<Integer> wanted = new HashSet<>(options.rows());
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(model)) {
      Inspection inspection = inspect(options, source, tokenizer, wanted);
      console.out().println(options.json() ? inspection.toJson() : inspection.toText());
    }
    return ExitCode.DONE;
  }

  private static Inspection inspect(
      InspectOptions options, DataSource source, HfTokenizer tokenizer, Set<Integer> wanted) {
    ChatTokenizer chat = tokenizer.chat();
    if (options.method() == InspectOptions.Method.DPO) {
      return DataInspector.inspect(
          PreferenceRows.read(source, options.ranked()),
          chat,
          new TokenizeOptions(
              LengthLimits.ofMaxLength(options.maxLength()),
              options.dropIdenticalPairs(),
              options.dropDifferingHistories()),
          wanted::contains);
    }
    TrainingRows data = TrainingRows.read(source, options.ranked());
    return DataInspector.inspect(
        options.method() == InspectOptions.Method.KTO
            ? data.tokenizeLabelled(chat, LengthLimits.ofMaxLength(options.maxLength()))
            : data.tokenizeSupervised(chat, SupervisedOptions.ofMaxLength(options.maxLength())),
        wanted::contains,
        ids -> tokenizer.decode(ids, false));
  }
}
