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
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
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
    PreferenceDataset dataset = read(folder, options);
    console.err().println(dataset.report().toTable());
    EngineRoute.choose(options.device());
    ComputeOptions compute = Precision.of(options.bf16());
    if (!options.json()) {
      console.out().println("     row       chosen     rejected   difference");
    }
    try (CausalLm model = CausalLm.load(folder, compute)) {
      for (TokenizedPair pair : dataset.pairs()) {
        double[] logps = score(model, pair);
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

  /** Returns the sums of the chosen and of the rejected answer. */
  private static double[] score(CausalLm model, TokenizedPair pair) {
    FlatBatch batch =
        FlatBatch.of(
            List.of(FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
    TokenStats stats = model.score(batch, LogProbHead.Want.LOGPS);
    return new double[] {
      stats.sumLogps(batch.entryStart(0), batch.entryEnd(0)),
      stats.sumLogps(batch.entryStart(1), batch.entryEnd(1))
    };
  }

  private static String json(TokenizedPair pair, double[] logps) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("row", pair.row());
    line.put("prompt_ids", pair.promptIds());
    line.put("chosen_ids", pair.chosenIds());
    line.put("rejected_ids", pair.rejectedIds());
    line.put("chosen_logp", logps[0]);
    line.put("rejected_logp", logps[1]);
    return JSON.writeValueAsString(line);
  }

  private static String text(TokenizedPair pair, double[] logps) {
    return String.format(
        Locale.ROOT,
        "%8d %12.4f %12.4f %12.4f",
        pair.row(),
        logps[0],
        logps[1],
        logps[0] - logps[1]);
  }
}
