/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.safetensors.ShardedSafetensorsWriter;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelWeightsTest {
  private final Path folder;

  ModelWeightsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void eachArchitectureHasItsTensors() {
    assertThat(names(config(Architecture.LLAMA, false)))
        .containsExactly(
            "model.embed_tokens.weight",
            "model.layers.0.input_layernorm.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.self_attn.k_proj.weight",
            "model.layers.0.self_attn.v_proj.weight",
            "model.layers.0.self_attn.o_proj.weight",
            "model.layers.0.post_attention_layernorm.weight",
            "model.layers.0.mlp.gate_proj.weight",
            "model.layers.0.mlp.up_proj.weight",
            "model.layers.0.mlp.down_proj.weight",
            "model.norm.weight",
            "lm_head.weight");
    assertThat(names(config(Architecture.QWEN2, true)))
        .contains("model.layers.0.self_attn.v_proj.bias")
        .doesNotContain("model.layers.0.self_attn.o_proj.bias", "lm_head.weight");
    assertThat(names(config(Architecture.QWEN3, false)))
        .contains("model.layers.0.self_attn.q_norm.weight")
        .doesNotContain("model.layers.0.self_attn.q_proj.bias");
    assertThat(
            WeightNames.of(config(Architecture.QWEN3, false), DType.FLOAT32).stream()
                .filter(s -> s.name().contains("_proj") || s.name().contains("k_norm"))
                .map(TensorSpec::toString))
        .contains(
            "model.layers.0.self_attn.q_proj.weight F32 [16, 8]",
            "model.layers.0.self_attn.k_proj.weight F32 [8, 8]",
            "model.layers.0.self_attn.o_proj.weight F32 [8, 16]",
            "model.layers.0.self_attn.k_norm.weight F32 [4]",
            "model.layers.0.mlp.down_proj.weight F32 [8, 12]");
  }

  @Test
  void allTensorsThatDoNotFitAreListed() throws IOException {
    ModelConfig config = config(Architecture.LLAMA, false);
    Map<String, TensorSpec> specs = specs(config);
    specs.remove("model.norm.weight");
    specs.remove("lm_head.weight");
    put(specs, new TensorSpec("model.layers.0.mlp.up_proj.weight", DType.FLOAT32, 8, 12));
    put(specs, new TensorSpec("model.layers.0.mlp.down_proj.weight", DType.INT8, 8, 12));
    put(specs, new TensorSpec("model.layers.0.self_attn.rotary_emb.inv_freq", DType.FLOAT32, 2));
    put(specs, new TensorSpec("model.layers.1.mlp.up_proj.weight", DType.FLOAT32, 2));
    write(specs, (byte) 1);
    assertThatThrownBy(() -> ModelWeights.open(folder, config))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("5 tensors do not fit the LlamaForCausalLM")
        .hasMessageContaining("missing: model.norm.weight [8]")
        .hasMessageContaining("missing: lm_head.weight [20, 8]")
        .hasMessageContaining(
            "wrong shape: model.layers.0.mlp.up_proj.weight [8, 12], expected [12, 8]")
        .hasMessageContaining("wrong type: model.layers.0.mlp.down_proj.weight I8")
        .hasMessageContaining("unexpected: model.layers.1.mlp.up_proj.weight [2]");
  }

  @Test
  void goodWeightsComeInTheOrderOfTheForwardPassWithoutExtras() throws IOException {
    ModelConfig config = config(Architecture.QWEN2, false);
    Map<String, TensorSpec> specs = specs(config);
    put(specs, new TensorSpec("model.rotary_emb.inv_freq", DType.FLOAT32, 2));
    List<TensorSpec> reversed = new ArrayList<>(specs.values());
    java.util.Collections.reverse(reversed);
    Map<String, TensorSpec> shuffled = new LinkedHashMap<>();
    reversed.forEach(s -> put(shuffled, s));
    write(shuffled, (byte) 1);
    try (ModelWeights weights = ModelWeights.open(folder, config)) {
      assertThat(new ArrayList<>(weights.tensors().keySet())).isEqualTo(names(config));
      assertThat(weights.bytes("model.norm.weight").get(0)).isEqualTo((byte) 1);
    }
  }

  @Test
  void aTiedHeadMayStandAloneOrBesideTheSameEmbedding() throws IOException {
    ModelConfig config = config(Architecture.LLAMA, true);
    Map<String, TensorSpec> specs = specs(config);
    TensorSpec head = new TensorSpec("lm_head.weight", DType.FLOAT32, 20, 8);
    put(specs, head);
    write(specs, (byte) 3);
    try (ModelWeights weights = ModelWeights.open(folder, config)) {
      assertThat(weights.tensors()).doesNotContainKey("lm_head.weight");
    }
    specs.remove("model.embed_tokens.weight");
    write(specs, (byte) 4);
    try (ModelWeights weights = ModelWeights.open(folder, config)) {
      for (TensorInfo info : weights.tensors().values()) {
        assertThat(weights.bytes(info.name()).get(0)).isEqualTo((byte) 4);
      }
      assertThat(weights.tensors()).containsKey("model.embed_tokens.weight");
    }
  }

  @Test
  void aTiedHeadThatDiffersIsAnError() throws IOException {
    ModelConfig config = config(Architecture.LLAMA, true);
    Map<String, TensorSpec> specs = specs(config);
    put(specs, new TensorSpec("lm_head.weight", DType.FLOAT16, 20, 8));
    write(specs, (byte) 3);
    assertThatThrownBy(() -> ModelWeights.open(folder, config))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("lm_head.weight differs from the embedding")
        .hasMessageContaining("tie_word_embeddings");
  }

  private static ModelConfig config(Architecture architecture, boolean tied) {
    return ModelConfig.of(
        architecture,
        Map.of(
            "vocab_size",
            20,
            "hidden_size",
            8,
            "intermediate_size",
            12,
            "num_hidden_layers",
            1,
            "num_attention_heads",
            4,
            "num_key_value_heads",
            2,
            "head_dim",
            4,
            "tie_word_embeddings",
            tied));
  }

  private static List<String> names(ModelConfig config) {
    return WeightNames.of(config, DType.FLOAT32).stream().map(TensorSpec::name).toList();
  }

  private static Map<String, TensorSpec> specs(ModelConfig config) {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    WeightNames.of(config, DType.FLOAT32).forEach(s -> put(specs, s));
    return specs;
  }

  private static void put(Map<String, TensorSpec> specs, TensorSpec spec) {
    specs.put(spec.name(), spec);
  }

  private void write(Map<String, TensorSpec> specs, byte fill) throws IOException {
    try (var writer =
        new ShardedSafetensorsWriter(folder, List.copyOf(specs.values()), 1_000_000)) {
      for (TensorSpec spec : specs.values()) {
        byte[] bytes = new byte[(int) spec.byteSize()];
        java.util.Arrays.fill(bytes, fill);
        writer.write(spec.name(), ByteBuffer.wrap(bytes));
      }
    }
  }
}
