/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.launch;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.machine.OwnJvm;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.dist.Ranks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The processes of a run on this machine, which end together. */
final class RankProcesses {
  private static final long POLL_MILLIS = 50;

  /** Time for the others to find out by themselves and to say so, before they are ended. */
  static final Duration NOTICE = Duration.ofSeconds(15);

  /** Time between asking a process to end and ending it. */
  static final Duration ASKED = Duration.ofSeconds(20);

  private final Console console;
  private final Interruption interruption;
  private final int threads;
  private final Duration notice;
  private final Duration patience;
  private final List<RankProcess> processes = new ArrayList<>();

  /** The process that failed first, while others may only have noticed. */
  private @Nullable RankProcess failed;

  private long failedNanos;
  private boolean asked;

  /**
   * Prepares to start.
   *
   * @param threads of the engine in each process; 0 leaves what the environment says
   * @param notice after a failure, the time in which the others may find out by themselves
   * @param patience the time after which a process that was asked to end is ended
   */
  RankProcesses(
      Console console, Interruption interruption, int threads, Duration notice, Duration patience) {
    this.console = console;
    this.interruption = interruption;
    this.threads = threads;
    this.notice = notice;
    this.patience = patience;
  }

  /**
   * How a run ended.
   *
   * @param code the exit code of the process that failed first, or of all
   * @param message what happened, empty where nothing failed
   */
  record End(int code, String message) {}

  /** Starts the processes and returns when none is left. */
  End run(List<Ranks> ranks, List<String> command) throws IOException {
    try {
      for (Ranks one : ranks) {
        processes.add(start(one, command));
      }
      while (processes.stream().anyMatch(RankProcess::isAlive)) {
        look();
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      look();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      processes.forEach(RankProcess::kill);
      processes.forEach(RankProcess::awaitOutput);
    }
    return end();
  }

  private RankProcess start(Ranks ranks, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    if (threads > 0) {
      OwnJvm.useThreads(builder.environment(), threads);
    }
    builder.environment().putAll(ranks.toEnvironment());
    builder.environment().put(LauncherWatch.VARIABLE, "" + ProcessHandle.current().pid());
    return RankProcess.start(ranks.rank(), builder, console);
  }

  private void look() {
    for (RankProcess process : processes) {
      if (process.hasFailed()
          && (failed == null || (failed.onlyNoticed() && !process.onlyNoticed()))) {
        failedNanos = failed == null ? System.nanoTime() : failedNanos;
        failed = process;
      }
    }
    boolean stopping =
        interruption.requested() || processes.stream().anyMatch(RankProcess::hasStopped);
    if (stopping && !asked) {
      asked = true;
      boolean interrupted =
          interruption.requested() && interruption.exitCode() == ExitCode.INTERRUPTED;
      processes.forEach(process -> process.ask(interrupted));
    }
    if (failed != null) {
      Duration since = Duration.ofNanos(System.nanoTime() - failedNanos);
      if (since.compareTo(notice.plus(patience)) > 0) {
        processes.forEach(RankProcess::kill);
      } else if (since.compareTo(notice) > 0 && !asked) {
        asked = true;
        processes.forEach(process -> process.ask(false));
      }
    }
  }

  private End end() {
    if (failed != null) {
      return new End(failed.exitCode(), failed.describe());
    }
    return processes.stream()
        .filter(process -> process.exitCode() != 0)
        .findFirst()
        .map(process -> new End(process.exitCode(), process.describe()))
        .orElse(new End(0, ""));
  }
}
