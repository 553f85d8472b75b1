/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reward models go from here to transformers and back, and train as in TRL. */
class RewardParityTest {
  @TempDir Path folder;

  @TestFactory
  List<DynamicTest> everyMetricOfEveryStepOfARewardModelEqualsTrl() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    Path file = Shared.path("golden/reward/reward.json");
    for (JsonNode run : JsonMapper.shared().readTree(Files.readString(file))) {
      String name = run.get("name").asString();
      tests.add(
          DynamicTest.dynamicTest(
              name, () -> new TrlRun(run, "sequential").checkReward(folder.resolve(name))));
    }
    assertThat(tests).hasSizeGreaterThanOrEqualTo(7);
    return tests;
  }
}
