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
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.token.PairTokenizer;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.reward.RewardScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

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
  private static final JsonMapper JSON = JsonMapper.shared();

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
      PairTokenizer tokenizer =
          new PairTokenizer(model.chat(), TokenizeOptions.ofMaxLength(options.maxLength()));
      Scoring scoring = new Scoring(options, tokenizer, scorer);
      scoring.run();
      if (output != null && files != null) {
        files.write(output, scoring.text.toString());
      }
      console.err().println(scoring.summary());
    }
    return ExitCode.DONE;
  }

  /** One reading of the data. */
  private final class Scoring {
    private final ScoreOptions options;
    private final PairTokenizer tokenizer;
    private final RewardScorer scorer;
    private final StringBuilder text = new StringBuilder();
    private long scored;
    private long chosenFirst;
    private long empty;
    private long tooLong;

    Scoring(ScoreOptions options, PairTokenizer tokenizer, RewardScorer scorer) {
      this.options = options;
      this.tokenizer = tokenizer;
      this.scorer = scorer;
    }

    void run() {
      Path data = Path.of(Objects.requireNonNull(options.datasetName()));
      if (options.rows().equals("pairs")) {
        PreferenceRows.read(data, options.datasetTrainSplit()).forEach(this::pair, info -> empty++);
      } else {
        TrainingRows.read(data, options.datasetTrainSplit())
            .forEachSupervised(this::answer, info -> empty++);
      }
    }

    private void pair(PreferencePair pair) {
      if (pair.hasEmptyAnswer()) {
        empty++;
        return;
      }
      double @Nullable [] scores = scores(tokenizer.sequences(pair));
      if (scores != null) {
        chosenFirst += scores[0] > scores[1] ? 1 : 0;
        Map<String, Object> line = pair.columns();
        line.put("score_chosen", scores[0]);
        line.put("score_rejected", scores[1]);
        write(line);
      }
    }

    private void answer(TrainingText row) {
      if (row.isEmpty()) {
        empty++;
        return;
      }
      double @Nullable [] scores = scores(List.of(tokenizer.sequence(row)));
      if (scores != null) {
        Map<String, Object> line = row.columns();
        line.put("score", scores[0]);
        write(line);
      }
    }

    private double @Nullable [] scores(List<int[]> sequences) {
      Integer most = options.maxLength();
      if (most != null && sequences.stream().anyMatch(sequence -> sequence.length > most)) {
        tooLong++;
        return null;
      }
      scored++;
      return scorer.score(sequences);
    }

    private void write(Map<String, Object> line) {
      String json = JSON.writeValueAsString(line);
      if (options.output() == null) {
        console.out().println(json);
        console.out().flush();
      } else {
        text.append(json).append('\n');
      }
    }

    String summary() {
      String left =
          "%d rows scored; left out: %d with an empty answer, %d longer than max_length"
              .formatted(scored, empty, tooLong);
      return options.rows().equals("pairs")
          ? left + "; the chosen answer scores higher in %d".formatted(chosenFirst)
          : left;
    }
  }
}
