/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.tensor.cuda.host.HostDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A process of its own that trains on an emulated card; for the test beside it. */
final class CardWaitsProgram {
  private static final int ROWS = 40;

  private CardWaitsProgram() {}

  /** Prints how often the card was waited for from the end of a step to the end of the next one. */
  public static void main(String[] arguments) throws IOException {
    PreferenceData pairs =
        PreferenceData.ofTexts(
            Collections.nCopies(ROWS, "a lantern"),
            Collections.nCopies(ROWS, " in the window"),
            Collections.nCopies(ROWS, " somewhere"));
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(Path.of(arguments[1]))
            .maxSteps(2)
            .perDeviceTrainBatchSize(2)
            .gradientAccumulationSteps(Integer.parseInt(arguments[2]))
            .bf16(Boolean.parseBoolean(arguments[3]))
            .loggingSteps(1)
            .build();
    List<Long> waits = new ArrayList<>();
    try (Model model = Model.load(Path.of(arguments[0]))) {
      DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(pairs)
          .onStep(step -> waits.add(HostDriver.waits()))
          .build()
          .train();
    }
    System.out.println("waits " + (waits.get(1) - waits.get(0)));
  }
}
