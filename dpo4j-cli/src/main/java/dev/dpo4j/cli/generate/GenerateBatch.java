/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.PromptData;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.file.JsonlLog;
import dev.dpo4j.data.form.Prompt;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.SampleSeeds;
import dev.dpo4j.quant.WeightPacking;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers a file of prompts with one or two models and writes a row for each, in order.
 *
 * <p>A row is {@code prompt}, {@code responses}, and for each response its model, its seed (where
 * tokens are drawn), its number of tokens and why it ended; {@code sampling} holds how they were
 * made. Rows that stand in the output already are compared with the prompts and skipped.
 */
final class GenerateBatch {
  private static final JsonlLog.Kind KIND =
      new JsonlLog.Kind(
          "row of generate",
          "{\"prompt\":",
          row ->
              row.get("responses") instanceof List<?>
                  && row.get("models") instanceof List<?>
                  && row.get("sampling") instanceof Map<?, ?>);

  private final Console console;
  private final GenerateOptions options;
  private final StatusLine status;

  GenerateBatch(Console console, GenerateOptions options) {
    this.console = console;
    this.options = options;
    this.status = new StatusLine(console, Clock.systemUTC());
  }

  ExitCode run(Path file, Path output) {
    List<PromptRow> rows = PromptData.read(file);
    List<Prompt> prompts = rows.stream().map(this::prompt).toList();
    try (JsonlLog log = JsonlLog.open(output, KIND)) {
      if (log.cut() > 0) {
        console
            .err()
            .println(
                "%s ended inside a row: its %d bytes are cut off and the row is made again"
                    .formatted(output, log.cut()));
      }
      int done = checkDone(output, log.found(), prompts);
      if (done > 0) {
        console.err().println("%d of %d rows are there already".formatted(done, rows.size()));
      }
      Totals totals = new Totals();
      if (done < rows.size()) {
        EngineRoute.choose(options.device());
        try (Answerers models = Answerers.load(options)) {
          totals = answer(models, rows, prompts, done, log);
        }
      }
      report(output, rows.size(), totals);
    }
    return ExitCode.DONE;
  }

  /** What is asked, as it will stand in the output: the form in which a model is trained on it. */
  private Prompt prompt(PromptRow row) {
    Prompt prompt = row.prompt();
    if (!options.applyChatTemplate()) {
      if (prompt instanceof Prompt.Chat) {
        throw new DataException(
            row.origin()
                + ": the prompt is a conversation, which needs the chat template: set"
                + " apply_chat_template to true");
      }
      return prompt;
    }
    Prompt.Chat chat =
        prompt instanceof Prompt.Text text ? Prompt.Chat.ofUser(text.text()) : (Prompt.Chat) prompt;
    String system = options.system();
    if (system == null) {
      return chat;
    }
    if (chat.messages().stream().map(Message::role).anyMatch("system"::equals)) {
      throw new DataException(
          row.origin() + ": the prompt has a system message of its own: remove it, or --system");
    }
    return chat.withSystem(system);
  }

  /** Compares the rows of the output with what would be written; returns their number. */
  private int checkDone(Path output, List<? extends Map<String, ?>> found, List<Prompt> rows) {
    if (found.size() > rows.size()) {
      throw new DataException(
          "%s has %d rows but there are only %d prompts: it belongs to other prompts. Name another --output."
              .formatted(output, found.size(), rows.size()));
    }
    for (int i = 0; i < found.size(); i++) {
      Map<String, @Nullable Object> expected = head(rows.get(i));
      for (Map.Entry<String, @Nullable Object> column : expected.entrySet()) {
        String there = JsonText.write(found.get(i).get(column.getKey()));
        String now = JsonText.write(column.getValue());
        if (!there.equals(now)) {
          throw new ConfigException(
              new Fault(
                  "output",
                  "",
                  "%s, row %d was made with other settings: %s is %s there and %s now. Name another file, or use the settings of before"
                      .formatted(output, i + 1, column.getKey(), shorten(there), shorten(now))));
        }
      }
    }
    return found.size();
  }

  private static String shorten(String text) {
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  /** The columns of a row that are known before anything is generated. */
  private Map<String, @Nullable Object> head(Prompt prompt) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>(prompt.columns());
    row.put("models", modelOfEachResponse());
    row.put("sampling", samplingColumns());
    return row;
  }

  private List<String> modelOfEachResponse() {
    List<String> models = new ArrayList<>();
    for (String model : Answerers.names(options)) {
      for (int i = 0; i < options.numReturnSequences(); i++) {
        models.add(model);
      }
    }
    return models;
  }

  private Map<String, Object> samplingColumns() {
    Map<String, Object> sampling = new LinkedHashMap<>();
    sampling.put("max_new_tokens", (long) options.maxNewTokens());
    sampling.put("temperature", options.temperature());
    if (options.temperature() > 0) {
      sampling.put("top_k", (long) options.topK());
      sampling.put("top_p", options.topP());
      sampling.put("min_p", options.minP());
      sampling.put("seed", options.seed());
    }
    sampling.put("repetition_penalty", options.repetitionPenalty());
    sampling.put("stop_strings", options.stops());
    sampling.put("ignore_eos", options.ignoreEos());
    sampling.put("bf16", options.precision().bf16());
    if (options.precision().isInt8()) {
      sampling.put("decode_weights", "int8");
    }
    WeightPacking packing = options.packing().form().packing();
    if (packing.rounds()) {
      String nested = packing.nested() ? " nested" : "";
      sampling.put("packing", packing.kind().name().toLowerCase(Locale.ROOT) + nested);
    }
    return sampling;
  }

  /** What a call did. */
  private static final class Totals {
    private int rows;
    private int answers;
    private long tokens;
    private Duration time = Duration.ZERO;

    double tokensPerSecond() {
      double seconds = time.toNanos() / 1e9;
      return seconds > 0 ? tokens / seconds : 0;
    }
  }

  private Totals answer(
      Answerers models, List<PromptRow> rows, List<Prompt> prompts, int done, JsonlLog log) {
    for (int i = done; i < rows.size(); i++) {
      models.check(rows.get(i), prompts.get(i));
    }
    Totals totals = new Totals();
    Clock clock = Clock.systemUTC();
    Instant start = clock.instant();
    int next = done;
    int written = done;
    // Prompts that wait beyond the batch keep every place filled; more would only cost memory.
    int ahead = 2 * options.batchSize();
    while (written < rows.size()) {
      while (next < rows.size() && next - written < ahead) {
        models.add(prompts.get(next), seeds(next));
        next++;
      }
      models.step();
      for (List<Answer> answers = models.poll(); answers != null; answers = models.poll()) {
        log.append(row(prompts.get(written), written, answers));
        written++;
        totals.rows++;
        totals.answers += answers.size();
        totals.tokens += answers.stream().mapToLong(answer -> answer.tokenIds().size()).sum();
      }
      totals.time = Duration.between(start, clock.instant());
      status.show(
          written,
          rows.size(),
          "prompts",
          models.generated() + " tokens, " + rate(models.generated(), totals.time));
    }
    status.clear();
    return totals;
  }

  private static String rate(long tokens, Duration time) {
    double seconds = Math.max(1e-9, time.toNanos() / 1e9);
    return Units.rate(tokens / seconds) + " tokens/s";
  }

  private long[] seeds(int row) {
    long[] seeds = new long[options.numReturnSequences()];
    for (int sample = 0; sample < seeds.length; sample++) {
      seeds[sample] = SampleSeeds.of(options.seed(), row, sample);
    }
    return seeds;
  }

  private Map<String, @Nullable Object> row(Prompt prompt, int index, List<Answer> answers) {
    Map<String, @Nullable Object> row = new LinkedHashMap<>(prompt.columns());
    row.put("responses", answers.stream().map(Answer::text).toList());
    row.put("models", modelOfEachResponse());
    if (options.temperature() > 0) {
      List<Long> seeds = new ArrayList<>();
      for (int i = 0; i < Answerers.names(options).size(); i++) {
        for (long seed : seeds(index)) {
          seeds.add(seed);
        }
      }
      row.put("seeds", seeds);
    }
    row.put("tokens", answers.stream().map(answer -> answer.tokenIds().size()).toList());
    row.put("finish_reasons", answers.stream().map(answer -> answer.finishReason().id()).toList());
    row.put("sampling", samplingColumns());
    return row;
  }

  private void report(Path output, int rows, Totals totals) {
    if (options.json()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("output", output.toString());
      json.put("rows", rows);
      json.put("new_rows", totals.rows);
      json.put("answers", totals.answers);
      json.put("tokens", totals.tokens);
      json.put("seconds", totals.time.toNanos() / 1e9);
      json.put("tokens_per_s", totals.tokensPerSecond());
      console.out().println(JsonText.write(json));
      return;
    }
    console.out().println(output);
    console
        .err()
        .println(
            String.format(
                Locale.ROOT,
                "%d rows, %d of them new; %d answers of %,d tokens in %s, %s tokens/s",
                rows,
                totals.rows,
                totals.answers,
                totals.tokens,
                Units.time(totals.time),
                Units.rate(totals.tokensPerSecond())));
  }
}
