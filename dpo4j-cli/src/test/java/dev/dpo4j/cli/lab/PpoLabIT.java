/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PpoLabIT {
  private static final LabScale TINY =
      new LabScale("tiny", 1, List.of(1.0), 0.04, 1, 0.1, 1, 1, 1, 2, false);

  @TempDir private static Path folder;
  private static LabData data;

  @BeforeAll
  static void prepare() throws IOException {
    data = LabData.prepare(folder, TINY, text -> {});
  }

  private static List<LabTrial> oneOfEach() {
    return Arrays.stream(LabMethod.values()).map(method -> LabTrial.usual(method, 1, 1)).toList();
  }

  @Test
  void everyMethodGetsTheSameWorkAndAStoppedLabRepeatsNothing() throws IOException {
    List<String> told = new ArrayList<>();
    boolean[] stop = {false};
    PpoLab stopped =
        new PpoLab(
            data,
            TINY,
            line -> {
              told.add(line);
              stop[0] = told.size() == 3;
            },
            () -> stop[0]);
    List<LabResult> first = stopped.run(oneOfEach());
    assertThat(first).hasSize(3);

    List<LabResult> all = new PpoLab(data, TINY, told::add, () -> false).run(oneOfEach());

    assertThat(told).hasSize(LabMethod.values().length);
    assertThat(all.subList(0, 3)).isEqualTo(first);
    double work = all.get(0).work();
    for (LabResult result : all) {
      assertThat(result.failure()).isEmpty();
      assertThat(result.points()).hasSize(2);
      assertThat(result.points().get(0)).isEqualTo(all.get(0).points().get(0));
      assertThat(result.points().get(0).kl()).isZero();
      // A whole step of PPO is what the others are measured by, and their own steps are shorter;
      // answers of PPO differ in length, and so does what its one rollout takes.
      assertThat(result.work()).isCloseTo(work, within(work / 2));
    }
    assertThat(new LabPage(all, List.of()).methods()).contains("PPO, true reward", "SFT on chosen");
  }

  @Test
  void aGradientIsComparedWithoutAChangeOfTheWeights() throws IOException {

    LabNoise noise = LabNoise.of(data, LabMethod.DPO, TINY.batches(), () -> false);

    assertThat(noise.batches()).isEqualTo(2);
    assertThat(noise.work()).isPositive();
    assertThat(LabNoise.of(data, LabMethod.DPO, TINY.batches(), () -> true)).isEqualTo(noise);
    assertThat(Files.readAllBytes(data.runFolder().resolve("dpo").resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(data.startFolder().resolve("model.safetensors")));
  }

  @Test
  @Tag("heavy")
  void theMemoryOfAModelIsMeasuredInProcessesOfTheirOwnAndOnlyOnce() throws IOException {
    List<String> told = new ArrayList<>();
    String model = data.startFolder().toString();

    List<LabMemory> memories = LabMemory.of(data, model, told::add, () -> false);

    assertThat(told).hasSize(3);
    assertThat(memories).extracting(LabMemory::method).containsExactly("ppo", "dpo");
    assertThat(memories)
        .allSatisfy(
            memory -> {
              assertThat(memory.foretold()).isPositive();
              // Of a million weights most is the JVM and the engine, which the plan knows roughly.
              assertThat(memory.peak()).isBetween(memory.foretold() / 2, memory.foretold() * 2);
            });
    assertThat(LabPage.memory(memories)).contains("ppo", "dpo", "models held");
    assertThat(LabMemory.of(data, model, told::add, () -> true)).isEqualTo(memories);
    assertThat(told).hasSize(3);
  }

  @Test
  void aRunThatFailsIsAResultToo() throws IOException {
    LabTrial wild = new LabTrial(LabMethod.DPO, 1, 1, "wild", Map.of("learning_rate", 1e30));

    LabScale longer = new LabScale("tiny", 1, List.of(1.0), 0.04, 1, 0.1, 4, 1, 1, 2, false);
    List<LabResult> results = new PpoLab(data, longer, text -> {}, () -> false).run(List.of(wild));

    assertThat(results).hasSize(1);
    assertThat(results.get(0).failure()).contains("learning_rate");
    assertThat(new LabPage(results, List.of()).changes()).contains("wild");
  }
}
