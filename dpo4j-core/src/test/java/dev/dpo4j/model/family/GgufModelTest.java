/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.gguf.GgufBuilder;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GgufModelTest {
  private final Path path;

  GgufModelTest(@TempDir Path folder) {
    path = folder.resolve("model.gguf");
  }

  @Test
  void aLlamaIsDescribedAsItsConfigJsonWould() throws IOException {
    Files.write(path, GgufBuilder.tiny("llama").llamaTensors().build());
    try (GgufModel model = GgufModel.open(path, DType.BFLOAT16)) {
      ModelConfig config = model.config();
      assertThat(config.architecture()).isEqualTo(Architecture.LLAMA);
      assertThat(config.vocabSize()).isEqualTo(20);
      assertThat(config.headDim()).isEqualTo(4);
      assertThat(config.kvHeads()).isEqualTo(2);
      assertThat(config.tieWordEmbeddings()).isTrue();
      assertThat(config.rope()).isEqualTo(new RopeConfig.Default(500_000));
      assertThat(config.rmsNormEps()).isEqualTo(1e-5f);
      assertThat(config.eosTokenIds()).containsExactly(2);
      assertThat(config.bosTokenId()).isNull();
      assertThat(config.storedDtype()).isEqualTo(DType.BFLOAT16);
      assertThat(model.weights().tensors()).hasSize(WeightNames.of(config, DType.FLOAT32).size());
      assertThat(model.metadata()).containsKey("tokenizer.ggml.tokens");
    }
  }

  @Test
  void aWindowMakesItMistralAndScalingIsRead() throws IOException {
    Files.write(
        path,
        GgufBuilder.tiny("llama")
            .put("llama.attention.sliding_window", 16)
            .put("llama.rope.scaling.type", "yarn")
            .put("llama.rope.scaling.factor", 4f)
            .put("llama.rope.scaling.original_context_length", 16)
            .llamaTensors()
            .build());
    try (GgufModel model = GgufModel.open(path, DType.FLOAT32)) {
      assertThat(model.config().architecture()).isEqualTo(Architecture.MISTRAL);
      assertThat(model.config().slidingWindows()).containsExactly(16);
      assertThat(model.config().rope())
          .isEqualTo(new RopeConfig.Yarn(500_000, 4, 16, null, 32, 1, null, null, true));
    }
  }

  @Test
  void tensorsThatDoNotFitAreListed() throws IOException {
    Files.write(
        path, GgufBuilder.tiny("qwen2").llamaTensors().tensor("blk.0.odd.weight", 4).build());
    assertThatThrownBy(() -> GgufModel.open(path, DType.FLOAT32))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("missing: model.layers.0.self_attn.q_proj.bias")
        .hasMessageContaining("unexpected: blk.0.odd.weight");
    Files.write(path, GgufBuilder.tiny("llama").put("llama.context_length", 70_000_000).build());
    assertThatThrownBy(() -> GgufModel.open(path, DType.FLOAT32))
        .isInstanceOf(dev.dpo4j.io.ModelFileException.class);
  }
}
