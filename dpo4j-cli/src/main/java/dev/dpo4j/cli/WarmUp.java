/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusStream;
import dev.dpo4j.cli.terminal.Terminal;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Runs commands without a word, so that the JVM can write the classes that they load into an
 * archive for later starts. The launcher calls it once after a build.
 */
public final class WarmUp {
  /** Commands whose classes are those that a start waits for. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("--version"),
          List.of("--help"),
          List.of("dpo", "--help"),
          List.of("dpo", "--no_such_key=1"),
          List.of("sft", "--no_such_key=1"),
          List.of("hub", "--help"),
          List.of("explain"),
          List.of("doctor"));

  private WarmUp() {}

  /** Runs the commands; that one fails here is no matter. */
  public static void main(String[] arguments) {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Console console =
        new Console(
            nowhere,
            nowhere,
            new StatusStream(OutputStream.nullOutputStream()),
            Terminal.detect(Map.of()));
    for (List<String> command : COMMANDS) {
      new Cli(console, new Interruption()).execute(command.toArray(String[]::new));
    }
    System.exit(0);
  }
}
