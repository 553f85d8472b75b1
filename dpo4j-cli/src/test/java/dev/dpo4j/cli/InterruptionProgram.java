/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A process of its own that works until it is interrupted; for the test beside it. */
final class InterruptionProgram {
  private InterruptionProgram() {}

  /** Says "ready", and "saved" after an interruption; with the argument "deaf" it never listens. */
  public static void main(String[] arguments) throws InterruptedException {
    StatusStream status = new StatusStream(System.err);
    PrintStream err = new PrintStream(status, true, StandardCharsets.UTF_8);
    Console console = new Console(System.out, err, status, Terminal.plain());
    Interruption interruption = new Interruption();
    interruption.install(console);
    if (arguments.length == 0) {
      interruption.listen();
    }
    System.out.println("ready");
    while (!interruption.requested() || arguments.length > 0) {
      Thread.sleep(5);
    }
    Thread.sleep(100);
    System.out.println("saved");
    interruption.finished();
    System.exit(0);
  }
}
