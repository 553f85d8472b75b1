/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.machine.OwnJvm;
import dev.dpo4j.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Does runs in processes of their own, some at a time. */
final class SweepProcesses {
  private static final long POLL_MILLIS = 200;

  private final List<String> command;
  private final Path config;
  private final int most;
  private final BooleanSupplier stopRequested;

  /**
   * Prepares to run.
   *
   * @param command the words that start the sweep
   * @param config the keys of the sweep
   * @param most processes at a time
   * @param stopRequested where it says yes, the processes are asked to save and end
   */
  SweepProcesses(List<String> command, Path config, int most, BooleanSupplier stopRequested) {
    this.command = command;
    this.config = config;
    this.most = most;
    this.stopRequested = stopRequested;
  }

  /** Is told of a run that has ended. */
  interface Ended {
    void run(SweepTrials.Trial trial) throws IOException;
  }

  /** What a process said. */
  static Path log(SweepTrials.Trial trial) {
    return trial.folder().resolveSibling(trial.name() + ".log");
  }

  /** Runs all; false where it was stopped. */
  boolean run(List<SweepTrials.Trial> trials, Ended ended) throws IOException {
    Deque<SweepTrials.Trial> waiting = new ArrayDeque<>(trials);
    Map<SweepTrials.Trial, Process> running = new HashMap<>();
    try {
      while (!waiting.isEmpty() || !running.isEmpty()) {
        if (stopRequested.getAsBoolean()) {
          return false;
        }
        while (!waiting.isEmpty() && running.size() < most) {
          SweepTrials.Trial next = waiting.remove();
          running.put(next, start(next));
        }
        for (Map.Entry<SweepTrials.Trial, Process> one : List.copyOf(running.entrySet())) {
          if (!one.getValue().isAlive()) {
            running.remove(one.getKey());
            ended.run(one.getKey());
          }
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      end(running);
    }
  }

  private Process start(SweepTrials.Trial trial) throws IOException {
    Files.createDirectories(log(trial).toAbsolutePath().getParent());
    List<String> arguments = new ArrayList<>(command);
    arguments.addAll(List.of("--config", config.toString(), "--sweep_run=" + trial.name()));
    ProcessBuilder builder = new ProcessBuilder(OwnJvm.command(arguments));
    OwnJvm.useThreads(builder.environment(), Math.max(1, Engine.ensureStarted().threads() / most));
    builder.redirectErrorStream(true);
    builder.redirectOutput(log(trial).toFile());
    return builder.start();
  }

  /** Lets the processes save and end. */
  private static void end(Map<SweepTrials.Trial, Process> running) {
    running.values().forEach(Process::destroy);
    for (Process process : running.values()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }
}
