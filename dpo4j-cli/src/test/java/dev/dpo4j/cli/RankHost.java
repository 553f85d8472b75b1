/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A process that does one command after another, as one rank of each; for {@link RankHosts}. */
final class RankHost {
  /** Stands before an exit code. */
  static final String CODE = "exit code ";

  private RankHost() {}

  /**
   * Reads lines with a file for what is said and the arguments of a command, between tabs; answers
   * each with a line that holds the exit code.
   */
  public static void main(String[] none) throws IOException {
    PrintStream answers = System.out;
    PrintStream ownErr = System.err;
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] parts = line.split("\t", -1);
        try (PrintStream said = new PrintStream(new FileOutputStream(parts[0]))) {
          StatusStream status = new StatusStream(said);
          PrintStream err = new PrintStream(status, true, StandardCharsets.UTF_8);
          System.setErr(err);
          Cli cli = new Cli(new Console(said, err, status, Terminal.plain()), new Interruption());
          answers.println(CODE + cli.execute(Arrays.copyOfRange(parts, 1, parts.length)));
        } finally {
          System.setErr(ownErr);
        }
      }
    }
  }
}
