/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.TrainerState.Best;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResumeStateTest {
  @TempDir private Path folder;

  private static ResumeState state(@Nullable Best best) {
    return new ResumeState(
        new ResumeState.Progress(7, 0.1 + 0.2, 20, 1234, Double.NaN, 5e-324),
        new ResumeState.Sampler(42, 1, 3, "abc"),
        new MetricAccumulator.State(
            2, Double.POSITIVE_INFINITY, Map.of("loss", -0.0), Map.of("loss", 2)),
        best,
        new ResumeState.Origin("c", "d", "engine", "cpu", "1.0", Map.of("model", "m")));
  }

  @Test
  void everyNumberComesBackToTheBit() throws IOException {
    for (Best best : new @Nullable Best[] {null, new Best(-1.5, 5, "checkpoint-5")}) {
      state(best).write(folder);
      assertThat(ResumeState.read(folder)).isEqualTo(state(best));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'\"version\" : 1', '\"version\" : 2', another version of dpo4j",
    "'\"step\" : 7', '\"step\" : 7.5', step is 7.5",
    "'\"orderSha256\" : \"abc\"', '\"orderSha256\" : 5', orderSha256 is 5",
    "'\"maxSteps\" : 20,', '', maxSteps is",
    "'{', '[', cannot be read",
  })
  void aDamagedFileIsRefusedWithWhatIsWrong(String good, String bad, String message)
      throws IOException {
    state(null).write(folder);
    Path file = folder.resolve(ResumeState.FILE_NAME);
    String text = Files.readString(file);
    assertThat(text).contains(good);
    Files.writeString(file, text.replace(good, bad));
    assertThatExceptionOfType(CheckpointException.class)
        .isThrownBy(() -> ResumeState.read(folder))
        .withMessageContaining(ResumeState.FILE_NAME)
        .withMessageContaining(message);
  }

  @Test
  void aCheckpointOfAnOlderVersionNamesNoModels() throws IOException {
    state(null).write(folder);
    Path file = folder.resolve(ResumeState.FILE_NAME);
    String text = Files.readString(file).replaceAll("(?s),\\s*\"models\" : \\{.*?\\}", "");
    Files.writeString(file, text);
    assertThat(ResumeState.read(folder).origin().models()).isEmpty();
  }
}
