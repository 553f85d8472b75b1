/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The entry point of the command line. */
public final class Main {
  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    StatusStream status = new StatusStream(new FileOutputStream(FileDescriptor.err));
    PrintStream err = new PrintStream(status, true, StandardCharsets.UTF_8);
    // The loggers write to System.err: through it, they keep clear of the progress line.
    System.setErr(err);
    Console console = new Console(out, err, status, Terminal.detect(System.getenv()));
    Interruption interruption = new Interruption();
    interruption.install(console);
    int code = new Cli(console, interruption).execute(arguments);
    out.flush();
    boolean lost = out.checkError();
    interruption.finished();
    System.exit(lost && code == 0 ? ExitCode.FAILURE.code() : code);
  }
}
