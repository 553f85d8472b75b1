/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import java.util.stream.Stream;

/** Runs a command of the lab. */
public final class LabOutput {
  private LabOutput() {}

  /** What {@code dpo4j lab} prints to stdout. */
  public static String of(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    String[] all = Stream.concat(Stream.of("lab"), Stream.of(arguments)).toArray(String[]::new);
    assertThat(new Cli(console.console(), new Interruption()).execute(all)).isZero();
    return console.out();
  }
}
