/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keeps the reference page of the command line complete. */
class CliPageTest {
  private static String page() throws IOException {
    return Files.readString(Path.of("..", "docs", "reference", "cli.md"));
  }

  @Test
  void everyCommandStandsOnThePageAndNoOther() throws IOException {
    List<String> listed =
        page().lines().filter(line -> line.matches("\\| `([a-z ]+|online_dpo)` \\| .*")).toList();
    List<String> commands =
        new Cli(new CapturedConsole().console(), new Interruption()).commandNames();
    assertThat(listed)
        .extracting(line -> line.substring(3, line.indexOf('`', 3)))
        .containsExactlyInAnyOrderElementsOf(commands);
  }

  @Test
  void everyExitCodeStandsOnThePage() throws IOException {
    for (ExitCode code : ExitCode.values()) {
      assertThat(page()).contains("| " + code.code() + " | " + code.meaning() + " |");
    }
  }

  @Test
  void everyVariableOfTheLauncherStandsOnThePage() throws IOException {
    String launcher = Files.readString(Path.of("..", "dpo4j"));
    assertThat(launcher.lines())
        .filteredOn(line -> line.matches("#   [A-Z0-9_]+ .*"))
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(page()).contains("`" + line.substring(4).split(" ", 2)[0] + "`"));
  }
}
