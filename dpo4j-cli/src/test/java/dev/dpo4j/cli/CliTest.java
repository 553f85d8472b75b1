/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.ModelFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CliTest {
  private final CapturedConsole console = new CapturedConsole();

  private int run(String... arguments) {
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void helpListsTheCommandsAndTheExitCodes() {
    assertThat(run("--help")).isZero();
    assertThat(console.out()).contains("doctor", "130 interrupted");
  }

  @Test
  void versionNamesTheEngine() {
    assertThat(run("--version")).isZero();
    assertThat(console.out()).startsWith("dpo4j ").contains("engine libtorch 2.");
  }

  @Test
  void wrongUsageIsCodeTwoWithAHint() {
    assertThat(run("doctr")).isEqualTo(2);
    assertThat(console.err()).contains("doctr; did you mean", "doctor", "hint: dpo4j --help");
    assertThat(run()).isEqualTo(2);
    assertThat(console.out()).isEmpty();
  }

  @Test
  void wordsOfOtherToolsNameTheCommandThatIsMeant() {
    for (String[] guess :
        new String[][] {
          {"train", "dpo, sft or kto"},
          {"eval", "logps"},
          {"login", "hub login"},
          {"chat", "generate"}
        }) {
      assertThat(run(guess[0])).isEqualTo(2);
      assertThat(console.err()).contains("unknown command " + guess[0], "did you mean " + guess[1]);
    }
  }

  @Test
  void helpIsACommandToo() {
    assertThat(run("help")).isZero();
    assertThat(console.out()).contains("doctor");
    assertThat(run("help", "kto")).isZero();
    assertThat(console.out()).contains("--desirable_weight");
  }

  @Test
  void noLineOfAnyHelpIsWiderThanATerminal() {
    Cli cli = new Cli(console.console(), new Interruption());
    for (String name : cli.commandNames()) {
      List<String> words = new ArrayList<>(List.of(name.split(" ", -1)));
      words.add("--help");
      if (name.equals("help")) {
        continue;
      }
      assertThat(cli.execute(words.toArray(String[]::new))).as(name).isZero();
    }
    assertThat(console.out().lines()).noneMatch(line -> line.length() > BoundCommand.HELP_WIDTH);
  }

  @Test
  void everyKindOfFailureHasItsCode() {
    assertThat(Failures.codeOf(new ConfigException(new Fault("beta", "", "x"))))
        .isEqualTo(ExitCode.USAGE);
    assertThat(Failures.codeOf(new ModelFileException("x"))).isEqualTo(ExitCode.MODEL);
    assertThat(Failures.codeOf(new IllegalStateException("x"))).isEqualTo(ExitCode.FAILURE);
  }

  @Test
  void aFailureOfTheSystemIsNamed() {
    UncheckedIOException full = new UncheckedIOException(new IOException("No space left"));
    assertThat(Failures.report(full, console.console())).isEqualTo(ExitCode.FAILURE);
    assertThat(console.err()).startsWith("error: IOException: No space left");
    Failures.report(
        new UncheckedIOException("Save x: make room", full.getCause()), console.console());
    assertThat(console.err()).contains("error: Save x: make room");
  }
}
