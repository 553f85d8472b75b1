/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.report.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReaderTest {
  @TempDir Path folder;

  private void metrics(String... lines) throws IOException {
    Files.write(
        folder.resolve("metrics.jsonl"), String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aWholeFolderGivesEverythingBack() throws IOException {
    RunRecord run = RunReader.read(Runs.whole(folder.resolve("run-a"), 2, 1));
    assertThat(run.name()).isEqualTo("run-a");
    assertThat(run.state()).isEqualTo(RunState.FINISHED);
    assertThat(run.notes()).isEmpty();
    assertThat(run.metrics().lines()).isEqualTo(204);
    assertThat(run.curves())
        .containsKeys("loss", "eval_loss", "tokens_per_second", "memory_bytes")
        .doesNotContainKeys("step", "epoch", "num_tokens");
    assertThat(run.curves().get("rewards/margins").stats().last()).isEqualTo(2);
    assertThat(run.config()).containsEntry("beta", "2.0").doesNotContainKey("ld_alpha");
    assertThat(run.events().changed().get("beta")).isEqualTo(new ChangedKey("0.2", "0.1"));
    assertThat(run.events().warnings()).extracting(Warning::name).containsExactly("displacement");
    DataTable data = run.events().data().get(0);
    assertThat(data.read() - data.kept()).isEqualTo(10);
    assertThat(data.reasons().get(0).rows()).containsExactly(3L, 14L, 15L);
    assertThat(run.proof().inputs().get("model").files()).containsEntry("config.json", "ab12");
    assertThat(run.samples()).hasSize(3);
  }

  @Test
  void aLineThatWasHalfWrittenIsLeftOutAndNamed() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.5}", "{\"step\": 2, \"loss\": 0.4}", "{\"step\": 3, \"lo");
    RunRecord run = RunReader.read(folder);
    assertThat(run.curves().get("loss").values()).containsExactly(0.5, 0.4);
    assertThat(run.notes()).anySatisfy(note -> assertThat(note).contains("last line", "(3)"));
  }

  @Test
  void aTextThatEndsWithinACharacterIsStillRead() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.5}", "");
    Files.write(
        folder.resolve("metrics.jsonl"),
        new byte[] {'{', '"', (byte) 0xe6, (byte) 0x8d},
        StandardOpenOption.APPEND);
    assertThat(RunReader.read(folder).curves().get("loss").stats().points()).isEqualTo(1);
  }

  @Test
  void numbersThatAreNotFiniteAreGapsAndCounted() throws IOException {
    metrics(
        "{\"step\": 1, \"loss\": 0.5}",
        "{\"step\": 2, \"loss\": \"NaN\"}",
        "{\"step\": 3, \"loss\": \"-Infinity\"}",
        "{\"step\": 4, \"loss\": 0.25}");
    Curve.Stats stats = RunReader.read(folder).curves().get("loss").stats();
    assertThat(stats.notFinite()).isEqualTo(2);
    assertThat(stats.firstNotFinite()).isEqualTo(2);
    assertThat(stats.min()).isEqualTo(0.25);
    assertThat(stats.last()).isEqualTo(0.25);
    assertThat(RunReader.read(folder).curves().get("loss").values())
        .containsExactly(0.5, Double.NaN, Double.NaN, 0.25);
  }

  @Test
  void aRunThatIsNotThereAnyMoreWithoutAnEndWasKilled() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.5}");
    Files.writeString(
        folder.resolve("events.jsonl"),
        "{\"event\": \"start\", \"step\": 0, \"max_steps\": 9}\n{\"ev");
    assertThat(RunReader.read(folder).state()).isEqualTo(RunState.KILLED);
    try (OwnerLock owner = OwnerLock.ofFolder(folder)) {
      assertThat(RunReader.read(folder).state()).isEqualTo(RunState.RUNNING);
    }
    assertThat(RunReader.read(folder).state()).isEqualTo(RunState.KILLED);
    assertThat(RunReader.read(folder).notes()).anyMatch(note -> note.contains("events.jsonl"));
  }

  @Test
  void whatAKilledRunDidAfterItsCheckpointCountsOnce() throws IOException {
    metrics("{\"step\": 1, \"loss\": 0.5}");
    Files.writeString(
        folder.resolve("events.jsonl"),
        """
        {"event": "start", "step": 0, "max_steps": 9}
        {"event": "speed", "step": 2, "tokens_per_second": 10}
        {"event": "speed", "step": 4, "tokens_per_second": 20}
        {"event": "start", "step": 2, "max_steps": 9}
        {"event": "speed", "step": 4, "tokens_per_second": 30}
        """);
    Curve speed = RunReader.read(folder).curves().get("tokens_per_second");
    assertThat(speed.steps()).containsExactly(2, 4);
    assertThat(speed.values()).containsExactly(10, 30);
  }

  @Test
  void theLogOfAnotherToolIsReadFromItsTrainerState() throws IOException {
    Files.writeString(
        folder.resolve("trainer_state.json"),
        "{\"log_history\": [{\"step\": 5, \"loss\": 0.6, \"epoch\": 0.5}, {\"step\": 10, \"loss\": NaN}]}");
    RunRecord run = RunReader.read(folder);
    assertThat(run.curves().get("loss").steps()).containsExactly(5, 10);
    assertThat(run.curves().get("loss").stats().notFinite()).isEqualTo(1);
    assertThat(run.state()).isEqualTo(RunState.UNKNOWN);
  }

  @Test
  void aFolderThatIsNoneOfARunIsRefusedWithWhatWasExpected() {
    assertThatThrownBy(() -> RunReader.read(folder))
        .isInstanceOf(ReportException.class)
        .hasMessageContaining("metrics.jsonl")
        .hasMessageContaining("output_dir");
    assertThatThrownBy(() -> RunReader.read(folder.resolve("nowhere")))
        .isInstanceOf(ReportException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void aRunThatLoggedNothingYetHasAnEmptyLog() throws IOException {
    metrics("");
    RunRecord run = RunReader.read(folder);
    assertThat(run.curves()).isEmpty();
    assertThat(run.metrics().lines()).isZero();
  }
}
