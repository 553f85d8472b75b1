/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DivergenceTest {
  @TempDir private Path run;

  private Optional<Divergence> of(int steps, IntFunction<String> loss) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      text.append("{\"step\": %d, \"loss\": %s}\n".formatted(step, loss.apply(step)));
    }
    Files.writeString(run.resolve("metrics.jsonl"), text);
    return Divergence.of(RunReader.read(run));
  }

  @Test
  void aLossThatFallsOrStaysIsFine() throws IOException {
    assertThat(of(100, step -> String.valueOf(0.7 - step / 1000.0))).isEmpty();
    assertThat(of(100, step -> "0.7")).isEmpty();
  }

  @Test
  void noiseIsNoDivergence() throws IOException {
    Random random = new Random(7);
    assertThat(of(5000, step -> String.valueOf(0.7 + 0.2 * random.nextGaussian()))).isEmpty();
  }

  @Test
  void aLossFarAboveItsStartDiverges() throws IOException {
    Divergence found = of(200, step -> String.valueOf(0.7 + step / 100.0)).orElseThrow();
    assertThat(found.step()).isEqualTo(200);
    assertThat(found.first()).isBetween(0.7, 0.8);
    assertThat(found.last()).isBetween(2.6, 2.7);
  }

  @Test
  void aLossThatEndsWithNoNumberDiverges() throws IOException {
    Divergence found = of(5, step -> step < 5 ? "0.7" : "\"NaN\"").orElseThrow();
    assertThat(found.last()).isNaN();
    assertThat(of(50, step -> step == 25 ? "\"Infinity\"" : "0.7")).isEmpty();
  }

  @Test
  void aFewPointsSayNothing() throws IOException {
    assertThat(of(15, step -> String.valueOf(step))).isEmpty();
    assertThat(of(0, String::valueOf)).isEmpty();
  }
}
