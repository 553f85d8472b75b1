/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The folder that a training run leaves, loaded by transformers. */
class TrainedModelParityTest {
  /** Of the largest logit: float32 sums in another order. */
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3", "mistral-window"})
  void transformersGivesTheSameLogits(String name, @TempDir Path scratch)
      throws IOException, InterruptedException {
    assertSameLogits(Peer.TRANSFORMERS_5, name, scratch);
  }

  /** The golden models are those of version 5: their classes and fields are not known to 4. */
  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen3", "llama3", "mistral-window"})
  void version4LoadsTheFolderTooAndGivesTheSameLogits(String name, @TempDir Path scratch)
      throws IOException, InterruptedException {
    assertSameLogits(Peer.TRANSFORMERS_4, name, scratch);
  }

  private static void assertSameLogits(Peer peer, String name, Path scratch)
      throws IOException, InterruptedException {
    Path output = scratch.resolve("out");
    float[] before;
    try (LanguageModel model = LanguageModel.load(Shared.path("golden/models/" + name))) {
      DpoConfig config =
          DpoConfig.builder()
              .outputDir(output)
              .learningRate(1e-3)
              .perDeviceTrainBatchSize(2)
              .maxLength(256)
              .maxSteps(2)
              .saveStrategy(SaveStrategy.NO)
              .build();
      PreferenceDataset data =
          PreferenceRows.read(Shared.path("data/dpo-en.jsonl"), "train[0:12]")
              .tokenize(model.chat(), config.data().tokenizeOptions());
      before = logits(model);
      DpoRun.Parts parts = new DpoRun.Parts(model, null, data, null);
      DpoRun.of(parts, config, RunHooks.NONE).run();
    }
    float[] ours;
    try (LanguageModel trained = LanguageModel.load(output)) {
      ours = logits(trained);
    }
    assertThat(largestDifference(ours, before)).as("effect of training").isGreaterThan(1e-2);
    String answer =
        peer.runIn(scratch, "logits.py", Arrays.toString(ids()), List.of(output.toString()));
    JsonNode rows = JsonMapper.shared().readTree(answer);
    float[] theirs = new float[ours.length];
    int at = 0;
    for (JsonNode row : rows) {
      for (JsonNode value : row) {
        theirs[at++] = (float) value.asDouble();
      }
    }
    assertThat(at).isEqualTo(ours.length);
    assertThat(largestDifference(ours, theirs)).isLessThanOrEqualTo(TOLERANCE);
  }

  private static int[] ids() {
    return new int[] {5, 17, 100, 42, 7, 9, 250, 31};
  }

  private static float[] logits(LanguageModel model) {
    try (Scope scope = Scope.open();
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      return lm.logits(ids()).toFloats();
    }
  }

  /** The largest difference as a share of the largest value. */
  private static double largestDifference(float[] a, float[] b) {
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
      largest = Math.max(largest, Math.abs((double) b[i]));
    }
    return difference / largest;
  }
}
