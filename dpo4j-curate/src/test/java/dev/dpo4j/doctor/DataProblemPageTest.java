/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.doctor.finding.DataProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Keeps the list of findings in the docs complete. */
class DataProblemPageTest {
  @Test
  void everyFindingStandsOnThePageWithItsSeverityAndNoOther() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "how-to", "check-your-data.md"));
    assertThat(
            page.lines()
                .filter(line -> line.matches("\\| `[a-z_]+` \\| (error|warning|info) \\| .*")))
        .extracting(line -> line.substring(0, line.indexOf('|', line.indexOf('|', 2) + 1)))
        .containsExactlyElementsOf(
            Arrays.stream(DataProblem.values())
                .map(found -> "| `%s` | %s ".formatted(found.id(), found.severity().id()))
                .toList());
  }
}
