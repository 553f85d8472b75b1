/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.LabOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Keeps the page on scaling equal to what the command prints.
 *
 * <p>{@code mvn -Dquick test -pl dpo4j-cli -am -Dtest=ScalePageTest -Ddpo4j.update=true
 * -Dsurefire.failIfNoSpecifiedTests=false} writes the page anew.
 */
class ScalePageTest {
  private static final Path PAGE = Path.of("..", "docs", "concept", "scale.md");
  private static final String BEGIN = "```text\n";
  private static final String END = "```\n";

  @Test
  void thePageShowsWhatTheCommandPrints() throws IOException {
    String text = Files.readString(PAGE);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    String whole =
        text.substring(0, begin) + LabOutput.of("scale") + text.substring(text.indexOf(END, begin));
    if (Boolean.getBoolean("dpo4j.update")) {
      Files.writeString(PAGE, whole);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(whole);
  }
}
