/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The list of tests for a card is complete, and some of them run on the emulated card. */
class DeviceTestsTest {
  private static final String PACKAGE = "dev.dpo4j.parity.";

  private static final Pattern MODEL =
      Pattern.compile("\\b(LanguageModel|CausalLm|TrlRun|PackedWeight|ParameterStore)\\b");

  /**
   * One of each kind: weights in few bits, every optimizer, every family's gradients, runs whose
   * rounding shows, generation, rewards, rollouts.
   */
  private static final List<String> SELECTED =
      List.of(
          "QuantisedWeightsParityTest",
          "OptimizerParityTest",
          "ModelParityTest",
          "TrlParityTest/everyMetricOfEveryStepEqualsTrl()#24",
          "TrlParityTest/everyMetricOfEveryStepOfAdaptersOnBasesIn4BitsEqualsTrl()#1",
          "TrlParityTest/everyMetricOfEveryStepOfSftAndKtoEqualsTrl()#3",
          "RewardParityTest/everyMetricOfEveryStepOfARewardModelEqualsTrl()#1",
          "GenerateParityTest/greedyTokensOfFurtherFamiliesAreTheRecordedOnes(java.lang.String)#2",
          "PpoParityTest/everyMetricOfEveryUpdateEqualsTrl()#1",
          "GroupParityTest/everyMetricOfEveryStepOfGroupsEqualsTrl()#1");

  @Test
  void everyTestThatComputesWithAModelIsListedAsOneThatRunsOnACardOrNot() throws IOException {
    DeviceTests listed = DeviceTests.read();
    TreeSet<String> expected = new TreeSet<>();
    Path sources = Path.of("src", "test", "java", "dev", "dpo4j", "parity");
    try (Stream<Path> files = Files.list(sources)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString().replace(".java", "");
        if (name.endsWith("Test")
            && !name.equals("DeviceTestsTest")
            && MODEL.matcher(Files.readString(file)).find()) {
          expected.add(name);
        }
      }
    }
    TreeSet<String> found = new TreeSet<>(listed.running());
    found.addAll(listed.others());
    assertThat(found).hasSize(listed.running().size() + listed.others().size());
    assertThat(found).isEqualTo(expected);
  }

  @Test
  @Tag("heavy")
  void oneOfEachKindPassesOnTheEmulatedCard() throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    Shared.path("golden/models");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx1g",
                    "-Ddpo4j.test.device=emulated",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SelectedTests.class.getName()),
                SELECTED.stream().map(selected -> PACKAGE + selected))
            .toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("device emulated");
  }
}
