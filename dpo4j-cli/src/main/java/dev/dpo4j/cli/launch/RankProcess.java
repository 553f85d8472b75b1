/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.launch;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** One process of a run. What it prints is printed here, each line behind its rank. */
final class RankProcess {
  private static final int BY_SIGNAL = 128;
  private static final int MOST_SIGNAL = 64;
  private static final long OUTPUT_MILLIS = 5_000;

  /** Ends that somebody has asked for, with the state saved. */
  private static final Set<Integer> STOPPED =
      Set.of(ExitCode.TERMINATED.code(), ExitCode.INTERRUPTED.code());

  private final int rank;
  private final Process process;
  private final List<Thread> readers;
  private volatile String error = "";
  private boolean killed;

  private RankProcess(int rank, Process process, Console console) {
    this.rank = rank;
    this.process = process;
    this.readers =
        List.of(
            reader("out", process.inputReader(StandardCharsets.UTF_8), console.out()),
            reader("err", process.errorReader(StandardCharsets.UTF_8), console.err()));
  }

  static RankProcess start(int rank, ProcessBuilder builder, Console console) throws IOException {
    Process process = builder.start();
    process.getOutputStream().close();
    RankProcess started = new RankProcess(rank, process, console);
    started.readers.forEach(Thread::start);
    return started;
  }

  private Thread reader(String name, BufferedReader lines, PrintStream target) {
    Thread thread = new Thread(() -> copy(lines, target), "dpo4j-rank-" + rank + "-" + name);
    thread.setDaemon(true);
    return thread;
  }

  private void copy(BufferedReader lines, PrintStream target) {
    try (lines) {
      String line = lines.readLine();
      while (line != null) {
        if (line.startsWith("error: ")) {
          error = line.substring("error: ".length());
        }
        synchronized (target) {
          target.println("[rank " + rank + "] " + line);
          target.flush();
        }
        line = lines.readLine();
      }
    } catch (IOException e) {
      return; // The process was ended, and its streams with it.
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Its exit code; only after its end. */
  int exitCode() {
    return process.exitValue();
  }

  /** Whether it has ended, neither well nor because it was asked to. */
  boolean hasFailed() {
    return !isAlive() && !killed && exitCode() != 0 && !hasStopped();
  }

  /** Whether it has ended because somebody asked it to. */
  boolean hasStopped() {
    return !isAlive() && STOPPED.contains(exitCode());
  }

  /** Whether it failed because of another rank, so that the fault lies elsewhere. */
  boolean onlyNoticed() {
    return !isAlive() && exitCode() == ExitCode.OTHER_RANK.code();
  }

  /** Asks it to save and to end, as Ctrl-C or SIGTERM do. */
  void ask(boolean interrupt) {
    if (!isAlive()) {
      return;
    }
    try {
      if (interrupt) {
        new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start();
        return;
      }
    } catch (IOException e) {
      // This system has no kill: what every system has must do.
    }
    process.toHandle().destroy();
  }

  /** Ends it at once. */
  void kill() {
    if (isAlive()) {
      killed = true;
      process.toHandle().destroyForcibly();
    }
  }

  /** Waits until what it printed is printed here. */
  void awaitOutput() {
    try {
      process.waitFor();
      for (Thread reader : readers) {
        reader.join(OUTPUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says how it ended. */
  String describe() {
    int code = exitCode();
    String how =
        code > BY_SIGNAL && code <= BY_SIGNAL + MOST_SIGNAL
            ? "was ended by signal " + (code - BY_SIGNAL) + " (exit code " + code + ")"
            : "failed with exit code " + code;
    String why = error.isEmpty() ? "" : ": " + error;
    return "rank %d (process %d) %s%s".formatted(rank, process.pid(), how, why);
  }
}
