/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.RunPlaces;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.report.SweepPage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Trains many runs over values of some keys and compares them.
 *
 * @param <T> the keys
 */
abstract class SweepRunCommand<T extends Record & SweepConfig> extends BoundCommand<T> {
  /** The page of a sweep. */
  static final String PAGE = "sweep.html";

  /** The figures of a sweep. */
  static final String JSON = "sweep.json";

  /** The keys of a sweep. */
  static final String CONFIG = "sweep.yaml";

  private static final String REFERENCE = "reference";

  private final Binder<T> binder;
  private final SweepSession.Method<?> method;
  private final Console console;
  private final Interruption interruption;

  SweepRunCommand(
      Binder<T> binder, SweepSession.Method<?> method, Console console, Interruption interruption) {
    super(binder, "sweep", "model_name_or_path", "dataset_name", "output_dir");
    this.binder = binder;
    this.method = method;
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  protected boolean speaks() {
    return true;
  }

  @Override
  protected boolean isRequired(String key, Set<String> given) {
    return RunPlaces.isRequired(key, given);
  }

  @Override
  protected ExitCode run(T config) throws IOException {
    Path output = Objects.requireNonNull(config.run().output().outputDir());
    SweepTrials trials = new SweepTrials(config, method, output);
    List<SweepTrials.Trial> all = trials.all();
    if (config.options().dryRun()) {
      console.out().print(SweepText.plan(trials));
      return ExitCode.DONE;
    }
    EngineRoute.choose(config.run().device());
    interruption.listen();
    if (config.options().sweepRun() != null) {
      return one(config, all);
    }
    try (OwnerLock owner = RunPlaces.own(output);
        SweepRunner runner = runner(config, output)) {
      AtomicFile.writeString(output.resolve(CONFIG), binder.toYaml(config));
      List<SweepTrial> results = new SweepRounds(trials, runner).run();
      if (results.isEmpty() || interruption.requested()) {
        console.err().println("stopped: the same command goes on");
        return interruption.exitCode();
      }
      report(config, output, runner, results);
    }
    return ExitCode.DONE;
  }

  private SweepRunner runner(SweepConfig config, Path output) {
    StatusLine line = new StatusLine(console, Clock.systemUTC());
    return new SweepRunner(
        config,
        method,
        output,
        output.resolve(REFERENCE),
        new SweepRunner.Surroundings(console, line, interruption::requested, AnswerFigures.NONE));
  }

  /** Does one run, for a sweep that runs elsewhere. */
  private ExitCode one(SweepConfig config, List<SweepTrials.Trial> all) throws IOException {
    String wanted = config.options().sweepRun();
    SweepTrials.Trial trial =
        all.stream()
            .filter(one -> one.name().equals(wanted))
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigException(
                        new Fault(
                            "sweep_run",
                            "",
                            "is "
                                + wanted
                                + ", but the runs are "
                                + all.stream()
                                    .map(SweepTrials.Trial::name)
                                    .collect(Collectors.joining(", ")))));
    Path output = Objects.requireNonNull(config.run().output().outputDir());
    try (SweepRunner runner = runner(config, output)) {
      return runner.run(List.of(trial)) == null ? interruption.exitCode() : ExitCode.DONE;
    }
  }

  private void report(SweepConfig config, Path output, SweepRunner runner, List<SweepTrial> results)
      throws IOException {
    String metric = config.options().sweepMetric();
    Set<String> known =
        results.stream()
            .filter(SweepTrial::finished)
            .flatMap(trial -> trial.figures().keySet().stream())
            .collect(Collectors.toCollection(java.util.TreeSet::new));
    if (!known.isEmpty() && !known.contains(metric)) {
      throw new ConfigException(
          new Fault(
              "sweep_metric",
              "",
              "is " + metric + ", but the figures are " + String.join(", ", known)));
    }
    SweepReport report =
        SweepReport.of(facts(config, method, runner), metric, results, config.run().loop().seed());
    Path page = write(report, output, language().say("en", "zh"));
    console.out().print(SweepText.of(report));
    console.out().println("page: " + page);
  }

  /** Writes the figures and the page, and returns where the page is. */
  static Path write(SweepReport report, Path output, String language) throws IOException {
    String json = report.toJson();
    AtomicFile.writeString(output.resolve(JSON), json + "\n");
    Path page = output.resolve(PAGE);
    AtomicFile.writeString(page, SweepPage.of(json, language));
    return page;
  }

  static Map<String, String> facts(
      SweepConfig config, SweepSession.Method<?> method, SweepRunner runner) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", String.valueOf(method.modelOf(config.run())));
    facts.put("data", String.valueOf(config.run().dataset().datasetName()));
    facts.put("training_rows", String.valueOf(runner.trainRows()));
    facts.put("held_out_rows", String.valueOf(runner.heldRows()));
    facts.put("seeds", String.valueOf(config.options().sweepSeeds()));
    facts.put(
        "strategy", config.options().sweepStrategy().name().toLowerCase(java.util.Locale.ROOT));
    facts.put("kl_prompts", String.valueOf(config.options().klPrompts()));
    facts.put("kl_max_new_tokens", String.valueOf(config.options().klMaxNewTokens()));
    return facts;
  }
}
