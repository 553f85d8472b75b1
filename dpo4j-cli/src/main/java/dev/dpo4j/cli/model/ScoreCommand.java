/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.reward.RewardRows;
import dev.dpo4j.train.reward.RewardScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Scores rows of data with a reward model. */
@Command(
    name = "score",
    description = {
      "Score preference pairs or answers with a reward model.",
      "",
      "Each row comes out as a JSON line with its scores: score_chosen and score_rejected of a pair, "
          + "score of an answer. The rows can be read as data again."
    })
public final class ScoreCommand extends BoundCommand<ScoreOptions> {
  private final Console console;

  public ScoreCommand(Console console) {
    super(Binder.of(ScoreOptions.class), "model_name_or_path", "dataset_name");
    this.console = console;
  }

  @Override
  protected ExitCode run(ScoreOptions options) throws IOException {
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    Path data = Path.of(Objects.requireNonNull(options.datasetName()));
    Path output = options.output();
    @Nullable OwnFiles files =
        output == null ? null : OutputFile.requireOwn("output", output, data);
    EngineRoute.choose(options.device());
    try (LanguageModel model = LanguageModel.loadReward(folder);
        RewardScorer scorer = new RewardScorer(model, Precision.of(options.bf16()))) {
      RewardRows rows = new RewardRows(model.chat(), scorer, options.maxLength());
      StringBuilder text = new StringBuilder();
      score(options, data, rows, output == null ? this::print : line -> append(text, line));
      if (output != null && files != null) {
        files.write(output, text.toString());
      }
      console.err().println(summary(rows, options));
    }
    return ExitCode.DONE;
  }

  private void print(String line) {
    console.out().println(line);
    console.out().flush();
  }

  private static void append(StringBuilder text, String line) {
    text.append(line).append('\n');
  }

  private static void score(
      ScoreOptions options, Path data, RewardRows rows, Consumer<String> lines) {
    RewardRows.Sink sink = (row, columns) -> lines.accept(RewardRows.json(columns));
    if (options.rows().equals("pairs")) {
      rows.pairs(PreferenceRows.read(data, options.datasetTrainSplit()), sink);
    } else {
      rows.answers(TrainingRows.read(data, options.datasetTrainSplit()), sink);
    }
  }

  private static String summary(RewardRows rows, ScoreOptions options) {
    String left =
        "%d rows scored; left out: %d with an empty answer, %d longer than max_length"
            .formatted(rows.scored(), rows.empty(), rows.tooLong());
    return options.rows().equals("pairs")
        ? left + "; the chosen answer scores higher in %d".formatted(rows.chosenFirst())
        : left;
  }
}
