/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.finding.PairScore;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.train.reference.ModelScorer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Scores the answers of preference data with a model. */
@Command(
    name = "logps",
    description = {
      "Print the log-probabilities of the chosen and rejected answers under a model.",
      "",
      "A log-probability is the sum over the tokens of the answer, in nats."
    })
public final class LogpsCommand extends BoundCommand<LogpsOptions> {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Console console;

  public LogpsCommand(Console console) {
    super(Binder.of(LogpsOptions.class), "model_name_or_path", "dataset_name");
    this.console = console;
  }

  @Override
  protected ExitCode run(LogpsOptions options) {
    Path folder = Path.of(Objects.requireNonNull(options.modelNameOrPath()));
    EngineRoute.choose(options.device());
    PreferenceDataset dataset = read(folder, options);
    console.err().println(dataset.report().toTable());
    ComputeOptions compute = Precision.of(options.bf16());
    if (!options.json()) {
      console.out().println("     row       chosen     rejected   difference");
    }
    try (CausalLm model = CausalLm.load(folder, compute)) {
      ModelScorer scorer = new ModelScorer(model);
      for (TokenizedPair pair : dataset.pairs()) {
        PairScore logps = scorer.score(pair);
        console.out().println(options.json() ? json(pair, logps) : text(pair, logps));
        console.out().flush();
      }
    }
    return ExitCode.DONE;
  }

  private static PreferenceDataset read(Path folder, LogpsOptions options) {
    Path file = Path.of(Objects.requireNonNull(options.datasetName()));
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(folder)) {
      return PreferenceRows.read(file, options.datasetTrainSplit())
          .tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(options.maxLength()));
    }
  }

  private static String json(TokenizedPair pair, PairScore logps) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("row", pair.row());
    line.put("prompt_ids", pair.promptIds());
    line.put("chosen_ids", pair.chosenIds());
    line.put("rejected_ids", pair.rejectedIds());
    line.put("chosen_logp", logps.chosen());
    line.put("rejected_logp", logps.rejected());
    return JSON.writeValueAsString(line);
  }

  private static String text(TokenizedPair pair, PairScore logps) {
    return String.format(
        Locale.ROOT,
        "%8d %12.4f %12.4f %12.4f",
        pair.row(),
        logps.chosen(),
        logps.rejected(),
        logps.chosen() - logps.rejected());
  }
}
