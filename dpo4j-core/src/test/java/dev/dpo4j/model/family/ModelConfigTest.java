/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.io.Mutations;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ModelConfigTest {
  private final Path folder;

  ModelConfigTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void theOldLayoutIsRead() throws IOException {
    ModelConfig config =
        read(
            """
            {"architectures": ["Qwen2ForCausalLM"], "bos_token_id": 151643, "eos_token_id": 151645,
             "hidden_act": "silu", "hidden_size": 896, "intermediate_size": 4864,
             "max_position_embeddings": 32768, "max_window_layers": 21, "model_type": "qwen2",
             "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
             "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768,
             "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_sliding_window": false,
             "vocab_size": 151936}""");
    assertThat(config.architecture()).isEqualTo(Architecture.QWEN2);
    assertThat(config.headDim()).isEqualTo(64);
    assertThat(config.rope()).isEqualTo(new RopeConfig.Default(1e6));
    assertThat(config.qkvBias()).isTrue();
    assertThat(config.oBias()).isFalse();
    assertThat(config.tieWordEmbeddings()).isTrue();
    assertThat(config.slidingWindows()).containsOnly(0).hasSize(24);
    assertThat(config.storedDtype()).isEqualTo(DType.BFLOAT16);
    assertThat(config.eosTokenIds()).containsExactly(151645);
    assertThat(config.padTokenId()).isNull();
  }

  @Test
  void theNewLayoutIsRead() throws IOException {
    ModelConfig config =
        read(
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": true, "dtype": "float16",
             "eos_token_id": [2, 7], "head_dim": 16, "hidden_size": 64, "intermediate_size": 160,
             "max_position_embeddings": 2048, "mlp_bias": true, "model_type": "llama",
             "num_attention_heads": 4, "num_hidden_layers": 3, "bos_token_id": null,
             "rope_parameters": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
               "original_max_position_embeddings": 64, "rope_theta": 500000.0,
               "rope_type": "llama3"}, "rms_norm_eps": 1e-5, "vocab_size": 1024}""");
    assertThat(config.rope()).isEqualTo(new RopeConfig.Llama3(500_000, 8, 1, 4, 64));
    assertThat(config.kvHeads()).isEqualTo(4);
    assertThat(config.qkvBias() && config.oBias() && config.mlpBias()).isTrue();
    assertThat(config.storedDtype()).isEqualTo(DType.FLOAT16);
    assertThat(config.eosTokenIds()).containsExactly(2, 7);
    assertThat(config.bosTokenId()).isNull();
    assertThat(config.tieWordEmbeddings()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "QWEN2, 151936, 4096, 22016, 32, 32, 128, 32768, 0",
    "QWEN3, 151936, 4096, 22016, 32, 32, 128, 32768, 0",
    "LLAMA, 32000, 4096, 11008, 32, 32, 128, 2048, 0",
    "MISTRAL, 32000, 4096, 14336, 32, 8, 128, 131072, 4096",
  })
  void whatIsAbsentHasTheDefaultOfTheArchitecture(
      Architecture architecture,
      int vocab,
      int hidden,
      int inner,
      int layers,
      int kvHeads,
      int headDim,
      int positions,
      int window) {
    ModelConfig config = ModelConfig.of(architecture, Map.of());
    assertThat(config.vocabSize()).isEqualTo(vocab);
    assertThat(config.hiddenSize()).isEqualTo(hidden);
    assertThat(config.intermediateSize()).isEqualTo(inner);
    assertThat(config.layers()).isEqualTo(layers);
    assertThat(config.heads()).isEqualTo(32);
    assertThat(config.kvHeads()).isEqualTo(kvHeads);
    assertThat(config.headDim()).isEqualTo(headDim);
    assertThat(config.maxPositionEmbeddings()).isEqualTo(positions);
    assertThat(config.slidingWindows()).containsOnly(window);
    assertThat(config.rope()).isEqualTo(new RopeConfig.Default(10_000));
    assertThat(config.rmsNormEps()).isEqualTo(1e-6);
    assertThat(config.qkNorm()).isEqualTo(architecture == Architecture.QWEN3);
    assertThat(config.qkvBias()).isEqualTo(architecture == Architecture.QWEN2);
    assertThat(config.storedDtype()).isNull();
  }

  @Test
  void windowsFollowTheSwitchTheListAndTheArchitecture() throws IOException {
    String qwen = "'model_type': 'qwen2', 'num_hidden_layers': 4";
    assertThat(windows(qwen + ", 'sliding_window': 9, 'max_window_layers': 1"))
        .containsExactly(0, 0, 0, 0);
    assertThat(
            windows(
                qwen + ", 'sliding_window': 9, 'max_window_layers': 1, 'use_sliding_window': true"))
        .containsExactly(0, 9, 9, 9);
    assertThat(windows(qwen + ", 'use_sliding_window': true, 'max_window_layers': 3"))
        .containsExactly(0, 0, 0, 4096);
    assertThat(
            windows(
                qwen
                    + ", 'use_sliding_window': true, 'sliding_window': null,"
                    + " 'max_window_layers': 1"))
        .containsExactly(0, 0, 0, 0);
    assertThat(
            windows(
                qwen
                    + ", 'use_sliding_window': true, 'sliding_window': 5, 'layer_types':"
                    + " ['sliding_attention', 'attention', 'full_attention', 'sliding_attention']"))
        .containsExactly(5, 0, 0, 5);
    String mistral = "'model_type': 'mistral', 'num_hidden_layers': 2";
    assertThat(windows(mistral + ", 'sliding_window': null")).containsExactly(0, 0);
    assertThat(windows(mistral + ", 'sliding_window': 24")).containsExactly(24, 24);
    assertThat(windows("'model_type': 'llama', 'num_hidden_layers': 2, 'sliding_window': 24"))
        .containsExactly(0, 0);
  }

  private List<Integer> windows(String fields) throws IOException {
    return read("{" + fields.replace('\'', '"') + "}").slidingWindows();
  }

  @Test
  void nullHeadsMeanAsManyAsQueryHeads() throws IOException {
    String fields = "{\"model_type\": \"%s\", \"num_key_value_heads\": null}";
    assertThat(read(String.format(fields, "mistral")).kvHeads()).isEqualTo(32);
    assertThat(read(String.format(fields, "qwen2")).kvHeads()).isEqualTo(32);
  }

  @Test
  void allFaultsAreReportedTogetherWithFieldFoundAndSupported() throws IOException {
    Path file =
        write(
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "gelu",
             "hidden_size": "wide", "num_hidden_layers": 0, "vocab_size": 10.5,
             "rope_scaling": {"rope_type": "ntk", "factor": 2.0},
             "partial_rotary_factor": 0.5, "quantization_config": {"bits": 4},
             "tie_word_embeddings": "yes", "torch_dtype": "int4"}""");
    ModelConfigException e =
        catchThrowableOfType(ModelConfigException.class, () -> ModelConfig.read(folder));
    assertThat(e).hasMessageStartingWith(file.toString() + ": 9 faults:");
    assertThat(e.faults())
        .containsExactlyInAnyOrder(
            "hidden_act: found \"gelu\", expected \"silu\" or \"gelu_pytorch_tanh\"",
            "quantization_config: found a quantised model, expected weights in float32, bfloat16 or"
                + " float16, or packed by bitsandbytes; take the model that this one was made from",
            "hidden_size: found \"wide\", expected a whole number from 1 to 67108864",
            "num_hidden_layers: found 0, expected a whole number from 1 to 4096",
            "vocab_size: found 10.5, expected a whole number from 1 to 67108864",
            "rope_scaling.rope_type: found \"ntk\", expected one of default, dynamic, linear,"
                + " llama3, longrope, yarn",
            "partial_rotary_factor: found 0.5, expected 1 (only whole heads are rotated in this"
                + " family)",
            "tie_word_embeddings: found \"yes\", expected true or false",
            "torch_dtype: found \"int4\", expected float32, bfloat16, float16 or float64");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}| architectures: found nothing, expected one of Qwen2ForCausalLM, Qwen3ForCausalLM",
        "{'architectures': ['GPT2LMHeadModel']}| [GPT2LMHeadModel], expected one of Qwen2",
        "{'architectures': ['LlamaForCausalLM', 'X']}| [LlamaForCausalLM, X], expected one of",
        "{'model_type': 'gemma'}| model_type: found \"gemma\", expected one of qwen2, qwen3",
        "{'architectures': ['Qwen3ForCausalLM'], 'model_type': 'qwen2'}| expected qwen3",
        "{'model_type': 'llama', 'num_key_value_heads': 5}| expected a divisor of",
        "{'model_type': 'llama', 'head_dim': 15}| expected an even size",
        "{'model_type': 'qwen2', 'hidden_size': 100}| expected a multiple of num_attention_heads",
        "{'model_type': 'llama', 'hidden_size': 100, 'head_dim': 4}| expected a multiple of",
        "{'model_type': 'llama', 'hidden_size': 9999999999}| whole number from 1 to 67108864",
        "{'model_type': 'llama', 'head_dim': 1000000000}| whole number from 1 to 67108864",
        "{'model_type': 'llama', 'head_dim': 67108864}| at most 67108864 over 32 heads",
        "{'model_type': 'llama', 'num_hidden_layers': 2147483647}| from 1 to 4096",
        "{'model_type': 'llama', 'rms_norm_eps': -1}| a finite number above 0",
        "{'model_type': 'llama', 'rms_norm_eps': NaN}| a finite number above 0",
        "{'model_type': 'llama', 'rope_theta': Infinity}| a finite number above 0",
        "{'model_type': 'llama', 'rope_theta': 1e999}| a finite number above 0",
        "{'model_type': 'llama', 'eos_token_id': ['a']}| a token id or a list of token ids",
        "{'model_type': 'llama', 'rope_scaling': 'yarn'}| rope_scaling: found \"yarn\", expected an",
        "{'model_type': 'llama', 'rope_scaling': {'type': 'longrope'}}| short_factor: found nothing",
        "{'model_type': 'llama', 'rope_scaling': {'type': 'linear'}}| factor: found nothing",
        "{'model_type': 'llama', 'rope_scaling': {'type': 'yarn', 'factor': 0}}| above 0",
        "{'model_type': 'llama', 'rope_scaling': {'type': 'llama3', 'factor': 8}}| low_freq_factor",
        "{'model_type': 'llama', 'rope_parameters': {'rope_theta': 'x'}}| rope_parameters.rope_theta",
        "{'model_type': 'llama', 'rope_parameters': {'partial_rotary_factor': 0.5}}| expected 1",
        "{'model_type': 'qwen2', 'layer_types': ['full_attention']}| 1 entries, expected 32",
        "{'model_type': 'qwen2', 'num_hidden_layers': 1, 'layer_types': ['conv']}| found [conv]",
        "{'model_type': 'qwen3', 'num_hidden_layers': 1, 'layer_types': ['sliding_attention']}"
            + "| use_sliding_window true",
        "{'model_type': 'mistral', 'layer_types': ['full_attention']}| expected none for Mistral",
        "{'model_type': 'mistral', 'sliding_window': 0}| sliding_window: found 0",
        "{'model_type': 'qwen2', 'num_hidden_layers': 2, 'use_sliding_window': true,"
            + " 'max_window_layers': 1, 'rope_parameters': {'full_attention': {'rope_theta': 1e4},"
            + " 'sliding_attention': {'rope_theta': 1e5}}}| expected the same embedding for all",
        "{'model_type': 'llama', 'per_layer_config': {'0': {'hidden_size': 2}}}| per_layer_config",
        "{'model_type': 'llama', 'model_type': 'llama'}| not valid JSON: Duplicate",
        "[]| holds no JSON object",
        "| holds no JSON object",
        "{'model_type': 'llama'} x| not valid JSON",
      })
  void aFaultNamesFieldFoundAndExpected(String json, String message) throws IOException {
    Path file = write(json == null ? "" : json.replace('\'', '"'));
    assertThatThrownBy(() -> ModelConfig.read(file))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'model_type': 'gpt_oss'}| not built: it would need attention with sinks",
        "{'architectures': ['Qwen3_5ForCausalLM']}| would need layers that keep a state",
        "{'architectures': ['GraniteMoeForCausalLM']}| would need layers with experts",
        "{'architectures': ['Ministral3ForCausalLM']}| queries whose scale grows",
        "{'model_type': 'phi3', 'rope_scaling': {'type': 'linear', 'factor': 2}}| one of default, l",
        "{'model_type': 'phi3', 'rope_scaling': {'type': 'su', 'short_factor': [1],"
            + " 'long_factor': [1]}}| expected 48, one for each rotated pair",
        "{'model_type': 'glm4', 'partial_rotary_factor': 0.01}| an even number of at least 2",
        "{'model_type': 'smollm3', 'no_rope_layers': [1]}| 1 entries, expected 36",
        "{'model_type': 'gemma3_text', 'use_bidirectional_attention': true}| expected false",
        "{'model_type': 'olmo3', 'sliding_window': null}| or a sliding_window",
        "{'model_type': 'qwen3_moe', 'num_experts': 4}| at most num_experts, 4",
        "{'model_type': 'qwen3_moe', 'num_experts': 0}| num_experts: found 0",
        "{'model_type': 'qwen3', 'num_attention_heads': 6, 'num_key_value_heads': 4}|"
            + " num_key_value_heads",
      })
  void aFaultOfAFamilyNamesFieldFoundAndExpected(String json, String message) throws IOException {
    aFaultNamesFieldFoundAndExpected(json, message);
  }

  @Test
  void aMissingFileSaysSo() {
    assertThatThrownBy(() -> ModelConfig.read(folder))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("config.json: there is no such file");
  }

  @Test
  void ropeIsFoundWhereverAGenerationPutIt() throws IOException {
    assertThat(rope("'rope_theta': 5e5")).isEqualTo(new RopeConfig.Default(5e5));
    assertThat(rope("'rope_scaling': null")).isEqualTo(new RopeConfig.Default(1e4));
    assertThat(rope("'rope_theta': 5e5, 'rope_scaling': {'type': 'linear', 'factor': 2}"))
        .isEqualTo(new RopeConfig.Linear(5e5, 2));
    assertThat(rope("'rope_theta': 5e5, 'rope_parameters': {'rope_type': 'linear', 'factor': 3}"))
        .isEqualTo(new RopeConfig.Linear(5e5, 3));
    assertThat(
            rope(
                "'rope_theta': 5e5, 'rope_scaling': {'type': 'linear', 'factor': 2},"
                    + " 'rope_parameters': {'rope_type': 'default', 'rope_theta': 3}"))
        .isEqualTo(new RopeConfig.Linear(5e5, 2));
    assertThat(rope("'rope_parameters': {'full_attention': {'rope_theta': 7e4}}"))
        .isEqualTo(new RopeConfig.Default(7e4));
    assertThat(rope("'rope_scaling': {'type': 'yarn', 'factor': 4}, 'beta_fast': 1"))
        .isEqualTo(new RopeConfig.Yarn(1e4, 4, 2048, null, 32, 1, null, null, true));
    assertThat(
            rope(
                "'original_max_position_embeddings': 128, 'rope_scaling': {'rope_type': 'yarn',"
                    + " 'factor': null, 'original_max_position_embeddings': 64, 'beta_fast': 16,"
                    + " 'beta_slow': 2, 'mscale': 0.7, 'mscale_all_dim': 0.5, 'truncate': false,"
                    + " 'attention_factor': 1.5, 'finetuned': true}"))
        .isEqualTo(new RopeConfig.Yarn(1e4, 16, 128, 1.5, 16, 2, 0.7, 0.5, false));
  }

  private RopeConfig rope(String fields) throws IOException {
    return read("{'model_type': 'llama', ".replace('\'', '"') + fields.replace('\'', '"') + "}")
        .rope();
  }

  @Test
  void frequenciesFollowTheirFormulas() {
    // 1e-6: the frequencies are float32 by design, the formulas here are not.
    double[] plain = new RopeConfig.Default(10_000).inverseFrequencies(8);
    double[] linear = new RopeConfig.Linear(10_000, 4).inverseFrequencies(8);
    for (int i = 0; i < 4; i++) {
      double expected = Math.pow(10_000, -i / 4.0);
      assertThat(plain[i]).isCloseTo(expected, within(1e-6 * expected));
      assertThat(linear[i]).isCloseTo(expected / 4, within(1e-6 * expected));
    }
    double[] llama3 = new RopeConfig.Llama3(500_000, 8, 1, 4, 8192).inverseFrequencies(128);
    double[] unscaled = new RopeConfig.Default(500_000).inverseFrequencies(128);
    assertThat(llama3[0]).isEqualTo(unscaled[0]);
    assertThat(llama3[63]).isEqualTo(unscaled[63] / 8);
    RopeConfig yarn = new RopeConfig.Yarn(1e6, 4, 32_768, null, 32, 1, null, null, true);
    double[] ramped = yarn.inverseFrequencies(128);
    assertThat(ramped[0]).isEqualTo(1);
    assertThat(ramped[63])
        .isCloseTo(new RopeConfig.Default(1e6).inverseFrequencies(128)[63] / 4, within(1e-12));
    assertThat(yarn.attentionFactor()).isEqualTo(0.1 * Math.log(4) + 1);
    assertThat(new RopeConfig.Yarn(1e4, 0.5, 64, null, 32, 1, null, null, true).attentionFactor())
        .isEqualTo(1);
    assertThat(new RopeConfig.Yarn(1e4, 8, 64, null, 32, 1, 1.0, 0.5, true).attentionFactor())
        .isEqualTo((0.1 * Math.log(8) + 1) / (0.05 * Math.log(8) + 1));
  }

  private static List<Map<String, ?>> ropes(Architecture architecture) {
    List<Double> factors = List.of(1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0);
    List<Map<String, ?>> ropes =
        List.of(
            Map.of("rope_theta", 1e6),
            Map.of(
                "rope_type",
                "longrope",
                "short_factor",
                factors,
                "long_factor",
                factors,
                "original_max_position_embeddings",
                64),
            Map.of("rope_type", "linear", "factor", 2.5, "rope_theta", 3e4),
            Map.of("rope_type", "dynamic", "factor", 1, "alpha", 1000.0),
            Map.of("rope_type", "llama3", "factor", 8, "low_freq_factor", 1, "high_freq_factor", 4),
            Map.of("rope_type", "yarn", "factor", 4, "mscale", 0.7, "truncate", false));
    if (architecture == Architecture.PHI3) {
      return ropes.subList(0, 2);
    }
    boolean partial = architecture.family().rope().partialAllowed();
    boolean nested = architecture.family().rope().byLayerType();
    return ropes.stream()
        .filter(rope -> !partial || !rope.containsKey("short_factor"))
        .<Map<String, ?>>map(
            rope ->
                nested
                    ? Map.of("full_attention", rope, "sliding_attention", Map.of("rope_theta", 2e4))
                    : rope)
        .toList();
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void whatIsWrittenIsReadAsItWas(Architecture architecture) throws IOException {
    for (Map<String, ?> rope : ropes(architecture)) {
      ModelConfig config =
          ModelConfig.of(
              architecture,
              Map.of(
                  "hidden_size",
                  64,
                  "head_dim",
                  16,
                  "num_attention_heads",
                  4,
                  "num_key_value_heads",
                  2,
                  "num_hidden_layers",
                  2,
                  "rope_parameters",
                  rope,
                  "dtype",
                  "bfloat16",
                  "eos_token_id",
                  List.of(5, 6),
                  "tie_word_embeddings",
                  true));
      Files.writeString(folder.resolve("config.json"), config.toJson(DType.BFLOAT16));
      assertThat(ModelConfig.read(folder)).isEqualTo(config);
    }
  }

  @Test
  @Timeout(120)
  void noMutationOfAConfigGivesAnythingButTheDocumentedException() throws IOException {
    byte[] text =
        """
        {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_size": 64,
         "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2,
         "rope_scaling": {"type": "yarn", "factor": 4.0, "beta_fast": 32},
         "layer_types": ["full_attention", "full_attention"], "eos_token_id": [1, 2],
         "torch_dtype": "float32", "vocab_size": 100, "rms_norm_eps": 1e-06}"""
            .getBytes(StandardCharsets.UTF_8);
    SplittableRandom random = new SplittableRandom(3);
    int good = 0;
    for (int round = 0; round < 1000; round++) {
      Path file = Files.write(folder.resolve("config.json"), Mutations.of(text, random));
      try {
        ModelConfig config = ModelConfig.read(folder);
        config.rope().inverseFrequencies(16);
        good++;
      } catch (ModelConfigException e) {
        assertThat(e).hasMessageStartingWith(file.toString());
      }
    }
    assertThat(good).isPositive();
  }

  private ModelConfig read(String json) throws IOException {
    return ModelConfig.read(write(json));
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }
}
