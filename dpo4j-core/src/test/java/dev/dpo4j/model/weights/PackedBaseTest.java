/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.api.FreshModel;
import dev.dpo4j.gguf.GgufBuilder;
import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelWeights;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.quant.WeightPacking;
import dev.dpo4j.safetensors.SafetensorsWriter;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PackedBaseTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final String QUERY = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path root;
  private Path folder = Path.of("");

  @BeforeEach
  void makeAModel() throws IOException {
    folder = root.resolve("model");
    FreshModel.write(folder, List.of("a text to learn a few tokens from, and another one"), 7);
  }

  private static LanguageModel load(Path folder, WeightPacking.Kind kind, DType dtype) {
    return LanguageModel.load(
        folder, new BaseForm(dtype, new WeightPacking(kind, false)), TextChanges.NONE);
  }

  private static float[] logits(LanguageModel model) {
    try (Scope scope = Scope.open();
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      return lm.logits(IDS).toFloats();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WeightPacking.Kind.class,
      names = {"NF4", "FP4", "INT8"})
  void aPackedModelComputesWithTheWidenedWeightsToTheLastBit(WeightPacking.Kind kind) {
    try (LanguageModel packed = load(folder, kind, DType.FLOAT32);
        LanguageModel plain = LanguageModel.load(folder)) {
      assertThat(packed.parameters().packed()).hasSize(4 * 7).containsKey(QUERY);
      assertThat(packed.parameters().weights()).isEqualTo(plain.parameters().count());
      float[] before = logits(plain);
      packed
          .parameters()
          .packed()
          .forEach((name, weight) -> weight.widen(plain.parameters().value(name)));
      assertThat(logits(packed)).isEqualTo(logits(plain)).isNotEqualTo(before);
    }
  }

  @Test
  void fourBitsAndTheirScalesTakeAnEighthOfTheMatrices() {
    try (LanguageModel packed = load(folder, WeightPacking.Kind.NF4, DType.BFLOAT16);
        LanguageModel plain = LanguageModel.load(folder)) {
      ParameterStore store = packed.parameters();
      long inMatrices = store.weights() - store.count();
      assertThat(store.dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(store.bytes())
          .isEqualTo(store.count() * 2 + inMatrices / 2 + inMatrices / 64 * Float.BYTES);
      assertThat(plain.parameters().bytes()).isEqualTo(store.weights() * Float.BYTES);
    }
  }

  @Test
  void aVocabularyInBfloat16IsWidenedWhereItIsRead() {
    try (LanguageModel narrow = load(folder, WeightPacking.Kind.NF4, DType.BFLOAT16);
        LanguageModel wide = load(folder, WeightPacking.Kind.NF4, DType.FLOAT32)) {
      Tensor rounded = narrow.parameters().values();
      wide.parameters().values().copy_(rounded);
      assertThat(logits(narrow)).isEqualTo(logits(wide));
    }
  }

  @Test
  void aPackedBaseIsNeitherMergedNorMixed() {
    try (LanguageModel packed = load(folder, WeightPacking.Kind.NF4, DType.FLOAT32);
        LanguageModel plain = LanguageModel.load(folder)) {
      assertThatThrownBy(() -> packed.mixInto(plain, 0.5))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("nf4")
          .hasMessageContaining("float32");
    }
  }

  @Test
  void aConfigurationThatSaysQuantisedOverPlainWeightsIsRefused() throws IOException {
    quantised("{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true}");
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("quantised")
        .hasMessageContaining("load_in_4bit");
  }

  @ParameterizedTest
  @CsvSource({"gptq, GPTQ", "awq, AWQ", "fp8, FP8", "fbgemm_fp8, FP8", "mxfp4, MXFP4", "own, own"})
  void otherWaysToQuantiseAreNamed(String method, String name) throws IOException {
    quantised("{\"quant_method\": \"" + method + "\", \"bits\": 4}");
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("quantised with " + name)
        .hasMessageContaining("take the model that this one was made from");
  }

  @Test
  void anUnknownTypeOfFourBitsIsNamed() throws IOException {
    quantised("{\"quant_method\": \"bitsandbytes\", \"load_in_4bit\": true}");
    byte[] state = "{\"quant_type\": \"nf5\"}".getBytes(StandardCharsets.UTF_8);
    TensorSpec spec =
        new TensorSpec(
            QUERY + ".quant_state.bitsandbytes__nf5", DType.UINT8, new long[] {state.length});
    try (SafetensorsWriter writer =
        new SafetensorsWriter(
            folder.resolve("model.safetensors"),
            List.of(spec),
            SafetensorsWriter.PYTORCH_METADATA)) {
      writer.write(spec.name(), ByteBuffer.wrap(state));
    }
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("\"nf5\", expected nf4 or fp4");
  }

  private void quantised(String config) throws IOException {
    Path file = folder.resolve(ModelConfig.FILE_NAME);
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("\\{", "{\"quantization_config\": " + config + ","));
  }

  @Test
  void blocksOfGgufStayAndAreWidenedToWhatTheFileHolds() throws IOException {
    Path file = root.resolve("model.gguf");
    Files.write(file, gguf());
    ModelConfig config = ModelConfig.read(file);
    BaseForm kept = new BaseForm(DType.FLOAT32, WeightPacking.AS_STORED);
    try (ParameterStore packed = WeightFiles.load(file, config, kept);
        ParameterStore plain = WeightFiles.load(file, config, DType.FLOAT32);
        ModelWeights stored = ModelWeights.open(file, config)) {
      // The matrix with rows of 16 values is plain in the file.
      assertThat(packed.packed())
          .hasSize(6)
          .doesNotContainKey("model.layers.0.self_attn.o_proj.weight");
      packed
          .packed()
          .forEach(
              (name, weight) -> {
                assertThat(weight.form()).isEqualTo("q8_0");
                assertThat(weight.bytes()).isEqualTo(weight.count() / 32 * 34);
                try (Scope scope = Scope.open()) {
                  Tensor out = Tensor.empty(DType.FLOAT32, weight.count());
                  weight.widen(out);
                  assertThat(out.toFloats()).isEqualTo(plain.value(name).toFloats());
                }
              });
      try (PackedWeight queries = Objects.requireNonNull(stored.packed(QUERY))) {
        assertThat(queries.count()).isEqualTo(16 * 32);
      }
    }
  }

  private static byte[] gguf() {
    return GgufBuilder.tiny("llama")
        .put("llama.embedding_length", 32)
        .put("llama.feed_forward_length", 64)
        .tensor("token_embd.weight", 20, 32)
        .tensor("blk.0.attn_norm.weight", 32)
        .tensor("blk.0.attn_q.weight", 8, blocks(16), 16, 32)
        .tensor("blk.0.attn_k.weight", 8, blocks(8), 8, 32)
        .tensor("blk.0.attn_v.weight", 8, blocks(8), 8, 32)
        .tensor("blk.0.attn_output.weight", 32, 16)
        .tensor("blk.0.ffn_norm.weight", 32)
        .tensor("blk.0.ffn_gate.weight", 8, blocks(64), 64, 32)
        .tensor("blk.0.ffn_up.weight", 8, blocks(64), 64, 32)
        .tensor("blk.0.ffn_down.weight", 8, blocks(64), 32, 64)
        .tensor("output_norm.weight", 32)
        .build();
  }

  /** Blocks of 8 bits a weight: a scale of 16 bits, here between 1 and 2, and 32 codes. */
  private static byte[] blocks(int count) {
    byte[] bytes = new byte[count * 34];
    new Random(count).nextBytes(bytes);
    for (int block = 0; block < count; block++) {
      bytes[block * 34 + 1] = 0x3c;
    }
    return bytes;
  }
}
