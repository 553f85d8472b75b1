/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.metrics.MetricAccumulator;
import dev.dpo4j.metrics.TrainerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CheckpointStoreTest {
  private static final ResumeState STATE =
      new ResumeState(
          new ResumeState.Progress(7, 1.75, 12, 4711, 0.1 + 0.2, 5e-7),
          new ResumeState.Sampler(42, 1, 6, "ab"),
          new MetricAccumulator.State(
              2, Double.NEGATIVE_INFINITY, sums(), Map.of("loss/x", 3, "a", 1)),
          new TrainerState.Best(0.25, 4, "out/checkpoint-4"),
          new ResumeState.Origin("c", "d", "e", "v"));

  private final Path output;
  private final CheckpointStore store;

  CheckpointStoreTest(@TempDir Path output) {
    this.output = output;
    this.store = new CheckpointStore(output);
  }

  private static Map<String, Double> sums() {
    Map<String, Double> sums = new LinkedHashMap<>();
    sums.put("loss/x", 1 / 3.0);
    sums.put("a", Double.NaN);
    return sums;
  }

  private Path publish(long step) throws IOException {
    return store.publish(
        step,
        folder -> {
          Files.writeString(folder.resolve("weights"), "weights of " + step);
          Files.writeString(
              Files.createDirectory(folder.resolve("more")).resolve("file"), "in a folder");
          STATE.write(folder);
        });
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(output)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatWasWrittenIsReadToTheBit() throws IOException {
    Path folder = publish(7);
    assertThat(folder).isEqualTo(output.resolve("checkpoint-7"));
    assertThat(Manifest.faults(folder)).isEmpty();
    assertThat(ResumeState.read(folder)).isEqualTo(STATE);
    assertThat(ResumeState.read(folder).gathered().sums().keySet()).containsExactly("loss/x", "a");
  }

  @Test
  void anOlderCheckpointOfTheSameStepIsReplaced() throws IOException {
    Path folder = publish(3);
    Files.writeString(folder.resolve("stale"), "");
    assertThat(publish(3).resolve("stale")).doesNotExist();
    assertThat(names()).containsExactly("checkpoint-3");
  }

  @Test
  void aFailedWriteLeavesNothingAndTheOthersWhole() throws IOException {
    publish(1);
    assertThatThrownBy(
            () ->
                store.publish(
                    2,
                    folder -> {
                      Files.writeString(folder.resolve("weights"), "half");
                      throw new IOException("No space left on device");
                    }))
        .hasMessage("No space left on device");
    assertThat(names()).containsExactly("checkpoint-1");
    assertThat(store.latest(notice -> {})).contains(output.resolve("checkpoint-1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"weights", "more/file", "resume_state.json", "manifest.json"})
  void aTornCheckpointIsPassedOverWithAMessage(String file) throws IOException {
    publish(1);
    publish(2);
    Path victim = output.resolve("checkpoint-2").resolve(file);
    byte[] whole = Files.readAllBytes(victim);
    List<byte[]> tears = new ArrayList<>();
    tears.add(new byte[0]);
    tears.add(java.util.Arrays.copyOf(whole, whole.length / 2));
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 1;
    tears.add(flipped);
    for (byte[] tear : tears) {
      Files.write(victim, tear);
      List<String> notices = new ArrayList<>();
      assertThat(store.latest(notices::add)).contains(output.resolve("checkpoint-1"));
      assertThat(notices).hasSize(1);
      assertThat(notices.get(0)).contains("checkpoint-2");
    }
    Files.delete(victim);
    assertThat(store.latest(notice -> {})).contains(output.resolve("checkpoint-1"));
  }

  @Test
  void aModelAloneCannotBeResumed() throws IOException {
    store.publish(5, folder -> Files.writeString(folder.resolve("weights"), "w"));
    assertThat(store.latest(notice -> assertThat(notice).contains("save_only_model"))).isEmpty();
  }

  @Test
  void aManifestCannotNameFilesOutside() throws IOException {
    Path folder = publish(1);
    Files.writeString(output.resolve("secret"), "x");
    Path list = folder.resolve("manifest.json");
    Files.writeString(list, Files.readString(list).replace("\"weights\"", "\"../secret\""));
    assertThat(Manifest.faults(folder)).anyMatch(fault -> fault.contains("outside the folder"));
  }

  /** The rules of transformers: the best one is never deleted, and neither is the last. */
  @ParameterizedTest
  @CsvSource({"2,,4 5", "3,,3 4 5", "9,,1 2 3 4 5", "2,2,2 5", "1,2,2 5", "1,5,5", "3,1,1 4 5"})
  void theOldestGoFirst(int limit, Long best, String kept) throws IOException {
    for (int step = 1; step <= 5; step++) {
      publish(step);
    }
    publish(70);
    store.rotate(5, limit, best);
    assertThat(store.steps())
        .containsExactlyElementsOf(
            Stream.concat(Stream.of(kept.split(" ")), Stream.of("70")).map(Long::valueOf).toList());
  }

  @Test
  void leftoversAreCleanedAndOtherFilesStay() throws IOException {
    Files.createDirectories(output.resolve(".checkpoint-4.partial/more"));
    Files.createDirectories(output.resolve(".checkpoint-3.deleted"));
    Files.createDirectories(output.resolve("checkpoint-latest"));
    Files.writeString(output.resolve(".checkpoint-notes"), "mine");
    store.clean();
    assertThat(names()).containsExactly(".checkpoint-notes", "checkpoint-latest");
    assertThat(store.steps()).isEmpty();
  }
}
