/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.eval.SweepTrial;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Does the runs of a sweep that are not there yet. */
final class SweepRunner implements AutoCloseable {
  private static final double SHARE_OF_MEMORY = 0.9;

  private final SweepConfig config;
  private final SweepSession.Method<?> method;
  private final Path output;
  private final @Nullable Path cache;
  private final Surroundings surroundings;
  private final Map<String, SweepTrial> results = new HashMap<>();
  private SweepTrials.@Nullable Trial best;
  private @Nullable SweepSession session;
  private String sessionKey = "";
  private int trainRows;
  private int heldRows;

  /**
   * What is around the runs.
   *
   * @param console takes messages
   * @param line shows progress
   * @param stopRequested asked before each step
   * @param more computes further figures of the answers of each model
   */
  record Surroundings(
      Console console, StatusLine line, BooleanSupplier stopRequested, AnswerFigures more) {}

  SweepRunner(
      SweepConfig config,
      SweepSession.Method<?> method,
      Path output,
      @Nullable Path cache,
      Surroundings surroundings) {
    this.config = config;
    this.method = method;
    this.output = output;
    this.cache = cache;
    this.surroundings = surroundings;
  }

  /** The figure that decides. */
  String metric() {
    return config.options().sweepMetric();
  }

  int trainRows() {
    return trainRows;
  }

  int heldRows() {
    return heldRows;
  }

  /** Returns what was measured of each run, in their order, or null where it was stopped. */
  @Nullable List<SweepTrial> run(List<SweepTrials.Trial> trials) throws IOException {
    for (List<SweepTrials.Trial> alike : bySession(trials)) {
      SweepSession open = session(alike.get(0).config());
      if (surroundings.stopRequested().getAsBoolean()) {
        return null;
      }
      TrialFiles files =
          new TrialFiles(
              open.dataSha256(), config.options(), config.run().output().overwriteOutputDir());
      List<SweepTrials.Trial> missing = new ArrayList<>();
      for (SweepTrials.Trial trial : alike) {
        SweepTrial known = files.find(trial);
        if (known == null) {
          missing.add(trial);
        } else {
          keep(files, trial, known);
        }
      }
      say(alike, missing);
      int processes = config.options().sweepRun() == null ? processes(open, missing.size()) : 1;
      boolean whole =
          processes > 1 ? parallel(processes, files, missing) : inTurn(open, files, missing);
      if (!whole) {
        return null;
      }
    }
    return trials.stream().map(trial -> results.get(trial.name())).toList();
  }

  private void say(List<SweepTrials.Trial> alike, List<SweepTrials.Trial> missing) {
    int done = alike.size() - missing.size();
    surroundings
        .console()
        .err()
        .println(
            "%d runs%s, %d rows to train on, %d held out"
                .formatted(
                    alike.size(),
                    done == 0 ? "" : ", of which " + done + " are done already",
                    trainRows,
                    heldRows));
  }

  private List<List<SweepTrials.Trial>> bySession(List<SweepTrials.Trial> trials) {
    Map<String, List<SweepTrials.Trial>> groups = new LinkedHashMap<>();
    for (SweepTrials.Trial trial : trials) {
      groups.computeIfAbsent(method.keyOf(trial.config()), added -> new ArrayList<>()).add(trial);
    }
    return List.copyOf(groups.values());
  }

  private SweepSession session(RunConfig run) {
    String key = method.keyOf(run);
    SweepSession open = session;
    if (open != null && key.equals(sessionKey)) {
      return open;
    }
    close();
    SweepSession opened =
        method.openFor(
            run,
            new SweepSession.Opening(
                config.run().loop().seed(),
                cache,
                surroundings.stopRequested(),
                done -> surroundings.line().count(done, "rows scored by the reference")));
    surroundings.line().clear();
    session = opened;
    sessionKey = key;
    trainRows = opened.trainRows();
    heldRows = opened.heldRows();
    return opened;
  }

  /** How many runs fit beside each other. */
  private int processes(SweepSession open, int missing) {
    int wanted = Math.min(config.options().parallel(), missing);
    long free = ProcessMemory.availableBytes();
    long each = open.plan().memory().total();
    if (wanted < 2 || free == 0) {
      return wanted;
    }
    int room = (int) Math.max(1, Math.min(wanted, SHARE_OF_MEMORY * free / each));
    if (room < wanted) {
      surroundings
          .console()
          .err()
          .println(
              "parallel %d becomes %d: a run needs about %s, and %s are free"
                  .formatted(wanted, room, Units.bytes(each), Units.bytes(free)));
    }
    return room;
  }

  private boolean inTurn(SweepSession open, TrialFiles files, List<SweepTrials.Trial> missing)
      throws IOException {
    int number = 0;
    for (SweepTrials.Trial trial : missing) {
      if (surroundings.stopRequested().getAsBoolean()) {
        return false;
      }
      number++;
      String head = "run %d of %d: %s".formatted(number, missing.size(), trial.name());
      SweepTrial measured =
          open.run(
              trial,
              config.options(),
              surroundings.more(),
              progress(head),
              surroundings.stopRequested());
      surroundings.line().clear();
      if (measured == null) {
        return false;
      }
      files.write(trial, measured);
      keep(files, trial, measured);
      surroundings.console().err().println(head + outcome(measured));
    }
    return true;
  }

  private boolean parallel(int processes, TrialFiles files, List<SweepTrials.Trial> missing)
      throws IOException {
    SweepProcesses children =
        new SweepProcesses(
            method.command(),
            output.resolve(SweepRunCommand.CONFIG),
            processes,
            surroundings.stopRequested());
    return children.run(
        missing,
        trial -> {
          SweepTrial measured = files.find(trial);
          if (measured == null) {
            throw new IOException(
                "%s: the process of this run ended without a result; its log is %s"
                    .formatted(trial.name(), SweepProcesses.log(trial)));
          }
          keep(files, trial, measured);
          surroundings.console().err().println(trial.name() + outcome(measured));
        });
  }

  /** Takes a result, and lets go of the weights that are not to be kept. */
  private void keep(TrialFiles files, SweepTrials.Trial trial, SweepTrial measured)
      throws IOException {
    results.put(trial.name(), measured);
    SweepTrials.Trial beaten = trial;
    if (isBest(measured)) {
      beaten = best;
      best = trial;
    }
    files.prune(trial, beaten);
  }

  /** Whether a run is better than all before it, of those with the whole training. */
  private boolean isBest(SweepTrial measured) {
    if (!measured.finished() || measured.share() != 1) {
      return false;
    }
    SweepTrial before = best == null ? null : results.get(best.name());
    int sign = SweepReport.prefersGreater(metric()) ? 1 : -1;
    return before == null || sign * value(measured) > sign * value(before);
  }

  private double value(SweepTrial trial) {
    return trial.figures().getOrDefault(metric(), Double.NaN);
  }

  private String outcome(SweepTrial measured) {
    return measured.finished()
        ? String.format(Locale.ROOT, "  %s %.4f", metric(), value(measured))
        : "  diverged: loss or gradient was no finite number";
  }

  private TrainListener progress(String head) {
    return new TrainListener() {
      @Override
      public void onStep(StepReport report) {
        surroundings.line().show(report.step(), report.maxSteps(), "steps", head);
      }

      @Override
      public void onWarning(String name, String message) {
        // It stands in the events of the run; here it would hide the sweep.
      }
    };
  }

  @Override
  public void close() {
    SweepSession open = session;
    if (open != null) {
      open.close();
      session = null;
    }
  }
}
