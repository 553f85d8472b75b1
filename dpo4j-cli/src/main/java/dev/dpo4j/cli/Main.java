/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.launch.LauncherWatch;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import dev.dpo4j.io.OwnerLock;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The entry point of the command line. */
public final class Main {
  private Main() {}

  /** Longest time that what runs at the end of a process may take. */
  private static final long END_MILLIS = 20_000;

  /** Runs the command and ends the process with its exit code, whatever was thrown. */
  public static void main(String[] arguments) {
    int code = ExitCode.FAILURE.code();
    try {
      code = run(arguments);
    } catch (Throwable e) { // Also an Error: a process that stays is worse than one that ends.
      System.err.println("error: " + e);
    } finally {
      endSurely(code);
      System.exit(code);
    }
  }

  private static int run(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    StatusStream status = new StatusStream(new FileOutputStream(FileDescriptor.err));
    PrintStream err = new PrintStream(status, true, StandardCharsets.UTF_8);
    // The loggers write to System.err: through it, they keep clear of the progress line.
    System.setErr(err);
    Console console = new Console(out, err, status, Terminal.detect(System.getenv()));
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> err.println("error: the thread " + thread.getName() + ": " + failure));
    String fullHeap = "error: " + JvmFailures.fullHeap();
    new HeapWatch(
            () -> {
              err.println(fullHeap);
              OwnerLock.giveBackAll();
              Runtime.getRuntime().halt(ExitCode.FAILURE.code());
            })
        .start();
    Interruption interruption = new Interruption();
    try {
      interruption.install(console);
      LauncherWatch.start(System.getenv(), () -> interruption.terminate(console));
      int code = new Cli(console, interruption).execute(arguments);
      out.flush();
      boolean lost = out.checkError();
      return lost && code == 0 ? ExitCode.FAILURE.code() : code;
    } finally {
      interruption.finished();
    }
  }

  /** Ends the process also where a library's hook at the end does not return. */
  private static void endSurely(int code) {
    Thread watch =
        new Thread(
            () -> {
              try {
                Thread.sleep(END_MILLIS);
              } catch (InterruptedException e) {
                return;
              }
              Runtime.getRuntime().halt(code);
            },
            "dpo4j-end");
    watch.setDaemon(true);
    watch.start();
  }
}
