/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Recorded runs of TRL's trainers, repeated step for step. */
class TrlParityTest {
  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepEqualsTrl() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode run : read("golden/trl/dpo.json")) {
      String name = run.get("name").asString();
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").check(TrlRun::dpo, folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThan(20);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfFurtherFamiliesEqualsTrl() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode run : read("golden/trl/families.json")) {
      String name = run.get("name").asString();
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").check(TrlRun::dpo, folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThan(12);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfAdaptersOnFurtherFamiliesEqualsTrl() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode run : read("golden/trl/families-lora.json")) {
      String name = run.get("name").asString();
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").check(TrlRun::dpo, folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThan(4);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfAdaptersOnBasesIn4BitsEqualsTrl() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode run : read("golden/quantised/qlora.json")) {
      String name = run.get("name").asString();
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").check(TrlRun::dpo, folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThan(2);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfSftAndKtoEqualsTrl() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode run : read("golden/trl/other.json")) {
      String name = run.get("name").asString();
      TrlRun.Trainer trainer = name.startsWith("sft") ? TrlRun::sft : TrlRun::kto;
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").check(trainer, folder.resolve(name))));
    }
    assertThat(tests).hasSize(5);
    return tests;
  }

  @Test
  void shuffledEpochsVisitTheRowsInTheOrderOfTrl() {
    JsonNode runs = read("golden/trl/shuffled.json");
    int number = 0;
    for (JsonNode run : runs.isArray() ? runs : List.of(runs)) {
      new TrlRun(run, "random").check(TrlRun::dpo, folder.resolve("shuffled" + number++));
    }
    assertThat(number).isPositive();
  }

  private static JsonNode read(String file) {
    try {
      return Shared.json(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
