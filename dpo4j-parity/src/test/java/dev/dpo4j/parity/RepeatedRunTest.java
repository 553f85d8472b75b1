/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.options.GradientCheckpointing;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * With {@code full_determinism} a run in bfloat16 ends with the same bytes each time, and so does
 * one that was interrupted. It is on a card that this may fail: the rows are longer than a block of
 * attention, so that the sums of its gradients have an order.
 */
class RepeatedRunTest {
  private static final int STEPS = 3;

  @TempDir private Path folder;

  @ParameterizedTest(name = "{0}, gradient_checkpointing {1}")
  @CsvSource({"qwen2-tied, false", "mistral-window, true"})
  void aRunAndItsInterruptedTwinEndWithTheSameBytes(String model, boolean recomputed)
      throws IOException {
    String expected = train("first", model, recomputed, null);
    assertThat(train("second", model, recomputed, null)).isEqualTo(expected);
    String checkpoint = folder.resolve("first").resolve("checkpoint-1").toString();
    assertThat(train("gone on", model, recomputed, checkpoint)).isEqualTo(expected);
  }

  private String train(String name, String start, boolean recomputed, @Nullable String resume)
      throws IOException {
    Path output = folder.resolve(name);
    try (LanguageModel model = LanguageModel.load(Shared.path("golden/models/" + start))) {
      DpoConfig config =
          DpoConfig.builder()
              .outputDir(output)
              .learningRate(1e-3)
              .perDeviceTrainBatchSize(4)
              .maxLength(512)
              .maxSteps(STEPS)
              .saveStrategy(SaveStrategy.STEPS)
              .saveSteps(1)
              .bf16(true)
              .fullDeterminism(true)
              .gradientCheckpointing(
                  recomputed ? GradientCheckpointing.TRUE : GradientCheckpointing.FALSE)
              .resumeFromCheckpoint(resume)
              .build();
      PreferenceDataset data =
          PreferenceRows.read(Shared.path("data/dpo-en.jsonl"), "train[0:12]")
              .tokenize(model.chat(), config.data().tokenizeOptions());
      DpoRun.of(new DpoRun.Parts(model, null, data, null), config, RunHooks.NONE).run();
    }
    return Checksums.of(output.resolve("model.safetensors"));
  }
}
