/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A card computes while the next work is prepared: training seldom waits for its numbers. */
@Tag("heavy")
class CardWaitsIT {
  /** Of a micro-batch: one to ask for its numbers, and one to spare. */
  private static final int OF_A_MICRO_BATCH = 2;

  /** Of a step: the norm of its gradient. */
  private static final int OF_A_STEP = 2;

  @TempDir private Path folder;

  /** The second emulated card has attention by spans. */
  @ParameterizedTest
  @CsvSource({"emulated, false", "emulated:1, true"})
  void aMicroBatchWaitsForTheCardAtMostTwice(String device, boolean bf16) throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    Path model = TinyModel.write(folder);
    int one = waits(model, device, 1, bf16);
    int five = waits(model, device, 5, bf16);
    assertThat(one).isBetween(1, OF_A_MICRO_BATCH + OF_A_STEP);
    assertThat(five - one).isBetween(0, 4 * OF_A_MICRO_BATCH);
  }

  private int waits(Path model, String device, int accumulated, boolean bf16) throws Exception {
    Path output = folder.resolve("run" + accumulated);
    List<String> command =
        ChildRun.program(
            CardWaitsProgram.class,
            model.toString(),
            output.toString(),
            Integer.toString(accumulated),
            Boolean.toString(bf16));
    command.add(1, "-Ddpo4j.test.device=" + device);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    Matcher told = Pattern.compile("waits (\\d+)").matcher(text);
    assertThat(told.find()).as(text).isTrue();
    return Integer.parseInt(told.group(1));
  }
}
