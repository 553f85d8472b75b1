/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.eval.SweepPoint;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.eval.SweepTrial;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs that are listed one by one, trained and compared as the combinations of a sweep are.
 *
 * <p>What is said of a run need not be its keys: runs can differ in data that were made for them. A
 * second start goes on where the first one ended, as that of a sweep does.
 *
 * @param output folder of the runs, the figures and the page
 * @param keys what all runs share, and how they are measured, as keys of {@code dpo4j sweep}
 * @param more computes further figures of the answers of each model
 */
public record PreparedSweep(Path output, Map<String, String> keys, AnswerFigures more) {

  public PreparedSweep {
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
  }

  /**
   * A run.
   *
   * @param settings what is said of it; runs with equal settings are repetitions
   * @param keys keys of {@code dpo4j dpo} that it sets
   * @param seed its seed
   */
  public record Run(Map<String, String> settings, Map<String, String> keys, long seed) {
    public Run {
      settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
      keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
    }
  }

  /**
   * Trains and compares the runs, and writes {@code sweep.json} and {@code sweep.html}.
   *
   * @param language of the page, {@code en} or {@code zh}
   * @return the comparison, or null where it was stopped
   */
  public @Nullable SweepReport run(
      List<Run> runs, String language, Console console, BooleanSupplier stopRequested)
      throws IOException {
    List<String> flags = new ArrayList<>();
    keys.forEach((key, value) -> flags.add("--" + key + "=" + value));
    flags.add("--output_dir=" + output);
    SweepConfig.Dpo config =
        SweepConfig.Dpo.binder().bind(List.of(), FlagSource.parse(flags)).value();
    SweepRunner.Surroundings surroundings =
        new SweepRunner.Surroundings(
            console, new StatusLine(console, Clock.systemUTC()), stopRequested, more);
    try (SweepRunner runner =
        new SweepRunner(config, PairSession.METHOD, output, null, surroundings)) {
      List<SweepTrial> results = runner.run(SweepTrials.prepared(config, output, runs));
      if (results == null) {
        return null;
      }
      SweepReport report =
          SweepReport.of(
              SweepRunCommand.facts(config, PairSession.METHOD, runner),
              runner.metric(),
              results,
              config.run().loop().seed());
      SweepRunCommand.write(report, output, language);
      return report;
    }
  }

  /** The figures of all points as a table. */
  public static String table(SweepReport report) {
    return SweepText.figures(report);
  }

  /**
   * Which points are worse than the best by more than noise, and which are not.
   *
   * @param name what a point is called
   */
  public static String noise(SweepReport report, Function<SweepPoint, String> name) {
    return SweepText.noise(report, name);
  }
}
