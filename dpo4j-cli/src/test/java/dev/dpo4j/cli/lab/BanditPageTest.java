/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.LabOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Keeps the page of the bandit, and the numbers that the derivation quotes, equal to what the
 * command prints.
 *
 * <p>{@code mvn -Dquick test -pl dpo4j-cli -am -Dtest=BanditPageTest -Ddpo4j.update=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes the page anew.
 */
class BanditPageTest {
  private static final Path CONCEPT = Path.of("..", "docs", "concept");
  private static final String BEGIN = "```text\n";
  private static final String END = "```\n";

  @Test
  void thePageShowsWhatTheCommandPrints() throws IOException {
    Path page = CONCEPT.resolve("bandit.md");
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    String whole =
        text.substring(0, begin)
            + LabOutput.of("bandit")
            + text.substring(text.indexOf(END, begin));
    if (Boolean.getBoolean("dpo4j.update")) {
      Files.writeString(page, whole);
    }
    assertThat(Files.readString(page)).isEqualTo(whole);
  }

  @Test
  void theDerivationQuotesWhatTheCommandPrints() throws IOException {
    String output = LabOutput.of("bandit");
    for (String name : List.of("dpo.md", "dpo.zh.md")) {
      String text = Files.readString(CONCEPT.resolve(name));
      List<String> quoted =
          text.lines().filter(line -> line.matches("    [0-9a-zA-Z, ]+ 0\\.[0-9]{4}")).toList();
      assertThat(quoted).as(name).hasSize(5);
      assertThat(output.lines()).containsAll(quoted.stream().map(String::strip).toList());
      for (String beta : List.of("0.1", "0.5", "2")) {
        String before =
            LabOutput.of("bandit", "--beta", beta)
                .lines()
                .filter(line -> line.startsWith("before DPO"))
                .findFirst()
                .orElseThrow();
        assertThat(text).contains(before.substring(before.lastIndexOf(' ') + 1));
      }
    }
  }
}
