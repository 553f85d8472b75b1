/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.optim.OptimizerName;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Keeps the page of optimizers and schedules complete. */
class OptimizersPageTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "optimizers.md");

  @Test
  void thePageNamesEveryOptimizerAndEverySchedule() throws IOException {
    String page = Files.readString(PAGE);
    for (OptimizerName name : OptimizerName.values()) {
      if (name.isKnown()) {
        assertThat(page).contains('`' + name.configName() + '`');
      }
    }
    for (LrSchedulerType type : LrSchedulerType.values()) {
      assertThat(page).contains('`' + type.configName() + '`');
    }
  }
}
