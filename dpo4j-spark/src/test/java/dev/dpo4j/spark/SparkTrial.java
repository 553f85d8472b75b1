/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.FreshModel;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tiny model and some pairs, on which Spark and a single process train.
 *
 * @param folder holds {@code model}, {@code pairs.jsonl} and what the runs write
 */
record SparkTrial(Path folder) {
  static final String WEIGHTS = "model.safetensors";
  static final int ROWS = 12;

  /** Writes the model and the pairs, which are numbered. */
  static SparkTrial in(Path folder) throws IOException {
    FreshModel.write(
        Files.createDirectories(folder.resolve("model")),
        List.of("a lantern in the window", "which way does the river run"),
        1);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      lines.add(
          "{\"prompt\":\"lantern %d in the river\",\"chosen\":\" way the window %d\",\"rejected\":\" a run %d a\"}"
              .formatted(i, i * 7 % 10, i * 3 % 10));
    }
    Files.write(folder.resolve("pairs.jsonl"), lines);
    return new SparkTrial(folder);
  }

  /** Trains in this process, on the pairs and at the rate of all runs; returns the run. */
  Path alone(String... lines) {
    Path output = folder.resolve("alone");
    String yaml = String.join("\n", lines) + "\nlearning_rate: 1e-5\noutput_dir: " + output;
    try (Model model = Model.load(folder.resolve("model"))) {
      DpoTrainer.builder()
          .model(model)
          .config(DpoConfig.of(yaml))
          .trainDataset(PreferenceData.read(folder.resolve("pairs.jsonl")))
          .build()
          .train();
    }
    return output;
  }

  /** The distance of the weights of two models, relative to the weights. */
  static double distance(Path one, Path other) {
    double difference = 0;
    double size = 0;
    try (SafetensorsFile left = SafetensorsFile.open(one.resolve(WEIGHTS));
        SafetensorsFile right = SafetensorsFile.open(other.resolve(WEIGHTS))) {
      assertThat(left.tensors().keySet()).isEqualTo(right.tensors().keySet());
      for (String name : left.tensors().keySet()) {
        int count = Math.toIntExact(left.info(name).elementCount());
        float[] a = left.floats(name, 0, count);
        float[] b = right.floats(name, 0, count);
        for (int i = 0; i < count; i++) {
          difference += (double) (a[i] - b[i]) * (a[i] - b[i]);
          size += (double) a[i] * a[i];
        }
      }
    }
    return Math.sqrt(difference / size);
  }
}
