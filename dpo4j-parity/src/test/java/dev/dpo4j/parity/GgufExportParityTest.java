/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.gguf.GgufQuantisation;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.export.GgufExport;
import dev.dpo4j.model.family.GgufModel;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A model of every family, written as a GGUF file and read again: the same weights, the same
 * tokenizer. {@code src/test/llama.sh} tries them with llama.cpp itself.
 */
final class GgufExportParityTest {
  private static final String MIXED = "Grüße, 世界! It's 12345 o'clock \n\n  здравствуй 🙂 नमस्ते";

  /** One is added to Gemma's norms and taken away again, in float32. */
  private static final float SHIFTED = 2e-7f;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "models/qwen2-tied",
        "models/llama-tied",
        "models/llama3",
        "models/mistral-window",
        "models/qwen3",
        "families/smollm3",
        "families/gemma3",
        "families/phi3",
        "families/phi4-mini",
        "families/granite",
        "families/olmo2",
        "families/olmo3",
        "families/ministral",
        "families/glm4",
        "families/hunyuan-dense",
        "families/ernie4-5",
        "families/seed-oss",
        "families/qwen3-moe"
      })
  void aFileHoldsWhatTheModelHolds(String name) throws IOException {
    Path model = Shared.path("golden/" + name);
    Path file = folder.resolve("model.gguf");
    ModelConfig config = ModelConfig.read(model);
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(model);
        ModelWeights weights = ModelWeights.open(model, config)) {
      new GgufExport(config, tokenizer).write(file, "tiny", weights, GgufQuantisation.F32);
      try (GgufModel read = GgufModel.open(file, DType.FLOAT32);
          HfTokenizer again = HfTokenizer.load(file)) {
        assertThat(read.config().architecture()).isEqualTo(config.architecture());
        assertThat(read.config().slidingWindows()).isEqualTo(config.slidingWindows());
        assertThat(read.config().rotaryDim()).isEqualTo(config.rotaryDim());
        assertThat(read.config().rope().inverseFrequencies(config.rotaryDim()))
            .containsExactly(config.rope().inverseFrequencies(config.rotaryDim()), within(1e-6));
        assertThat(read.config().rope().attentionFactor())
            .isCloseTo(config.rope().attentionFactor(), within(1e-6));
        assertThat(read.config().tieWordEmbeddings()).isEqualTo(config.tieWordEmbeddings());
        assertThat(read.config().style().logitScale())
            .isCloseTo(config.style().logitScale(), within(1e-6));
        assertThat(read.config().style().isSparse(0)).isEqualTo(config.style().isSparse(0));
        compare(read, weights);
        for (String line : Files.readAllLines(Shared.path("data/dpo-zh.jsonl")).subList(0, 5)) {
          assertThat(again.encode(line, true)).isEqualTo(tokenizer.encode(line, true));
        }
        assertThat(again.encode(MIXED, true)).isEqualTo(tokenizer.encode(MIXED, true));
        assertThat(again.chatTemplates().sources()).isEqualTo(tokenizer.chatTemplates().sources());
        assertThat(again.stopIds()).isEqualTo(tokenizer.stopIds());
      }
    }
  }

  /** Every tensor; queries of Gemma carry a scale that llama.cpp has no key for. */
  private static void compare(GgufModel read, ModelWeights weights) {
    assertThat(read.weights().tensors().keySet()).isEqualTo(weights.tensors().keySet());
    double scale =
        read.config().style().oneCentred()
            ? Math.sqrt(read.config().headDim() / (double) GEMMA_SCALAR)
            : 1;
    for (TensorInfo info : weights.tensors().values()) {
      float[] expected = floats(weights, info);
      float[] found = floats(read.weights(), read.weights().info(info.name()));
      boolean scaled = scale != 1 && info.name().endsWith("q_norm.weight");
      boolean norm = read.config().style().oneCentred() && info.name().endsWith("norm.weight");
      for (int i = 0; i < expected.length; i++) {
        double wanted = scaled ? (expected[i] + 1) * scale - 1 : expected[i];
        if (Math.abs(found[i] - wanted) > (norm ? 2 * SHIFTED * (1 + Math.abs(wanted)) : 0)) {
          assertThat(found[i]).as("%s, element %d", info.name(), i).isEqualTo((float) wanted);
        }
      }
    }
  }

  /** {@code query_pre_attn_scalar} of the tiny Gemma. */
  private static final int GEMMA_SCALAR = 64;

  private static float[] floats(ModelWeights weights, TensorInfo info) {
    try (Scope scope = Scope.open()) {
      return Tensor.fromBytes(weights.bytes(info.name()), info.dtype(), info.elementCount())
          .to(DType.FLOAT32)
          .toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k_m", "q6_k"})
  void everyQuantisationIsReadAgain(String name) throws IOException {
    Path model = Shared.path("golden/models/qwen2-tied");
    Path file = folder.resolve("model.gguf");
    ModelConfig config = ModelConfig.read(model);
    GgufQuantisation quantisation = GgufQuantisation.of(name).orElseThrow();
    try (HfTokenizer tokenizer = LanguageModel.tokenizer(model);
        ModelWeights weights = ModelWeights.open(model, config)) {
      new GgufExport(config, tokenizer).write(file, "tiny", weights, quantisation);
      try (GgufModel read = GgufModel.open(file, DType.FLOAT32)) {
        for (String tensor : List.of("model.layers.0.mlp.up_proj.weight", "model.norm.weight")) {
          float[] expected = floats(weights, weights.info(tensor));
          float[] found = floats(read.weights(), read.weights().info(tensor));
          double squares = 0;
          double off = 0;
          for (int i = 0; i < expected.length; i++) {
            squares += expected[i] * expected[i];
            off += (expected[i] - found[i]) * (expected[i] - found[i]);
          }
          // Four bits a weight leave about a tenth of a normal weight's size.
          assertThat(Math.sqrt(off / squares)).as(tensor).isLessThan(0.12);
        }
      }
    }
  }
}
