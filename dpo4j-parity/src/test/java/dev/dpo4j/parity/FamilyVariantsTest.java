/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every switch of every family, on tiny models that transformers makes up and computes. */
class FamilyVariantsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final String MOE =
      "{'head_dim': 16, 'num_experts': 6, 'num_experts_per_tok': 3, 'moe_intermediate_size': 20}";

  /** Name, model_type and fields; lengths of prompt and answers may follow. */
  private static final String[][] CASES = {
    {"smollm3-plain", "smollm3", "{}"},
    {"smollm3-bias", "smollm3", "{'attention_bias': true, 'mlp_bias': true}"},
    {"smollm3-list", "smollm3", "{'no_rope_layers': [0, 1, 0], 'tie_word_embeddings': false}"},
    {
      "smollm3-windows",
      "smollm3",
      "{'no_rope_layer_interval': 2, 'use_sliding_window': true, 'sliding_window': 9}"
    },
    {
      "smollm3-yarn",
      "smollm3",
      "{'rope_parameters': {'rope_type': 'yarn', 'factor': 4.0,"
          + " 'rope_theta': 10000.0, 'original_max_position_embeddings': 32}}"
    },
    {"gemma2-windows", "gemma2", "{'sliding_window': 7, 'head_dim': 16}"},
    {
      "gemma2-caps",
      "gemma2",
      "{'attn_logit_softcapping': 0.8, 'final_logit_softcapping': 4.0,"
          + " 'query_pre_attn_scalar': 9, 'sliding_window': 6, 'head_dim': 20, 'layer_types':"
          + " ['full_attention', 'sliding_attention', 'sliding_attention']}"
    },
    {
      "gemma2-uncapped",
      "gemma2",
      "{'attn_logit_softcapping': null, 'final_logit_softcapping': null, 'head_dim': 16,"
          + " 'attention_bias': true, 'hidden_activation': 'silu', 'tie_word_embeddings': false}"
    },
    {
      "gemma3-windows",
      "gemma3_text",
      "{'sliding_window': 7, 'sliding_window_pattern': 2,"
          + " 'query_pre_attn_scalar': 31, 'head_dim': 16}"
    },
    {
      "gemma3-cap",
      "gemma3_text",
      "{'final_logit_softcapping': 3.0, 'attn_logit_softcapping': 2.0,"
          + " 'sliding_window': 64, 'head_dim': 20, 'attention_bias': true}"
    },
    {
      "gemma3-ropes",
      "gemma3_text",
      "{'layer_types': ['full_attention', 'sliding_attention',"
          + " 'full_attention'], 'sliding_window': 5, 'head_dim': 16, 'rope_parameters':"
          + " {'full_attention': {'rope_type': 'linear', 'factor': 8.0, 'rope_theta': 50000.0},"
          + " 'sliding_attention': {'rope_type': 'default', 'rope_theta': 300.0}}}"
    },
    {
      "gemma3-untied",
      "gemma3_text",
      "{'tie_word_embeddings': false, 'head_dim': 16,"
          + " 'hidden_activation': 'silu', 'sliding_window': 4}"
    },
    {
      "gemma3-vision",
      "gemma3",
      "{'sliding_window': 6, 'head_dim': 16, 'sliding_window_pattern': 2}"
    },
    {"phi3-partial", "phi3", "{'partial_rotary_factor': 0.5, 'sliding_window': 10}"},
    {"phi3-short", "phi3", longRope(64), "20,10,12"},
    {"phi3-long", "phi3", longRope(24), "30,10,12"},
    {
      "granite-bias",
      "granite",
      "{'attention_bias': true, 'mlp_bias': true,"
          + " 'embedding_multiplier': 3.5, 'logits_scaling': 1.7, 'residual_multiplier': 0.4,"
          + " 'attention_multiplier': 0.21, 'tie_word_embeddings': true}"
    },
    {
      "granite-plain",
      "granite",
      "{'rope_parameters': {'rope_type': 'llama3', 'factor': 8.0,"
          + " 'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'rope_theta': 10000.0,"
          + " 'original_max_position_embeddings': 128}}"
    },
    {"olmo2-bias", "olmo2", "{'attention_bias': true, 'tie_word_embeddings': true}"},
    {"olmo3-default", "olmo3", "{'sliding_window': 8, 'num_hidden_layers': 5}"},
    {
      "olmo3-yarn",
      "olmo3",
      "{'sliding_window': 11, 'layer_types': ['full_attention',"
          + " 'sliding_attention', 'full_attention'], 'rope_parameters': {'full_attention':"
          + " {'rope_type': 'yarn', 'factor': 8.0, 'rope_theta': 500000.0,"
          + " 'original_max_position_embeddings': 64}, 'sliding_attention': {'rope_type': 'default',"
          + " 'rope_theta': 500000.0}}}"
    },
    {"ministral-all", "ministral", "{'sliding_window': 6, 'head_dim': 16}"},
    {
      "ministral-some",
      "ministral",
      "{'sliding_window': 5, 'head_dim': 12, 'layer_types':"
          + " ['full_attention', 'sliding_attention', 'full_attention']}"
    },
    {
      "glm4-quarter",
      "glm4",
      "{'head_dim': 16, 'attention_bias': false, 'rope_parameters':"
          + " {'rope_type': 'default', 'rope_theta': 10000.0, 'partial_rotary_factor': 0.25}}"
    },
    {
      "glm4-whole",
      "glm4",
      "{'head_dim': 12, 'partial_rotary_factor': 1.0," + " 'tie_word_embeddings': true}"
    },
    {
      "hunyuan-alpha",
      "hunyuan_v1_dense",
      "{'head_dim': 16, 'attention_bias': true,"
          + " 'rope_parameters': {'rope_type': 'dynamic', 'alpha': 1000.0, 'factor': 1.0,"
          + " 'rope_theta': 10000.0}}"
    },
    {"hunyuan-heads", "hunyuan_v1_dense", "{'head_dim': 8, 'tie_word_embeddings': true}"},
    {"ernie-bias", "ernie4_5", "{'use_bias': true, 'head_dim': 10}"},
    {"ernie-untied", "ernie4_5", "{'head_dim': 16, 'tie_word_embeddings': false}"},
    {
      "seed-biases",
      "seed_oss",
      "{'head_dim': 16, 'attention_out_bias': true, 'mlp_bias': true,"
          + " 'attention_dropout': 0.0, 'residual_dropout': 0.0}"
    },
    {
      "llama-dynamic",
      "llama",
      "{'max_position_embeddings': 30, 'rope_parameters': {'rope_type':"
          + " 'dynamic', 'factor': 2.0, 'rope_theta': 10000.0}}",
      "12,9,10"
    },
    {"qwen3-moe", "qwen3_moe", MOE},
    {
      "qwen3-moe-mixed",
      "qwen3_moe",
      MOE.replace("}", ", 'mlp_only_layers': [1], 'norm_topk_prob': true, 'attention_bias': true}")
    },
    {
      "qwen3-moe-windows",
      "qwen3_moe",
      MOE.replace(
          "}", ", 'use_sliding_window': true, 'sliding_window': 9, 'decoder_sparse_step': 2}")
    },
    {"llama-gelu", "llama", "{'hidden_act': 'gelu_pytorch_tanh'}"},
  };

  @TempDir Path folder;

  private static String longRope(int original) {
    return ("{'original_max_position_embeddings': %d, 'partial_rotary_factor': 0.5,"
            + " 'rope_parameters': {'rope_type': 'longrope', 'rope_theta': 10000.0,"
            + " 'short_factor': [1.0, 1.2, 1.5], 'long_factor': [1.0, 3.0, 9.0]}}")
        .formatted(original);
  }

  @TestFactory
  List<DynamicTest> everySwitchEqualsTransformers() throws Exception {
    StringBuilder cases = new StringBuilder();
    for (String[] one : CASES) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("name", one[0]);
      line.put("model_type", one[1]);
      line.put("fields", JSON.readTree(one[2].replace('\'', '"')));
      if (one.length > 3) {
        line.put("sizes", JSON.readTree("[" + one[3] + "]"));
      }
      cases.append(JSON.writeValueAsString(line)).append('\n');
    }
    Peer.run(folder, "family_variants.py", cases.toString(), List.of(folder.toString()));
    List<DynamicTest> tests = new ArrayList<>();
    for (String[] one : CASES) {
      tests.add(DynamicTest.dynamicTest(one[0], () -> check(folder.resolve(one[0]))));
    }
    return tests;
  }

  private static void check(Path model) {
    try (Scope scope = Scope.open();
        SafetensorsFile golden = SafetensorsFile.open(model.resolve("golden.safetensors"));
        CausalLm lm = CausalLm.load(model, ComputeOptions.float32())) {
      ModelParityTest.check(lm, golden);
      JsonNode expected = JSON.readTree(model.resolve("golden.json").toFile()).get("greedy_24");
      List<Integer> greedy = new ArrayList<>();
      expected.forEach(id -> greedy.add(id.asInt()));
      TensorInfo info = golden.info("prompt_ids");
      Tensor prompt = Tensor.fromBytes(golden.bytes("prompt_ids"), info.dtype(), info.shape());
      assertThat(greedy(lm, prompt.toInts(), greedy.size())).isEqualTo(greedy);
    }
  }

  private static List<Integer> greedy(CausalLm lm, int[] prompt, int tokens) {
    List<Integer> answer = new ArrayList<>();
    try (Decoder decoder = lm.decoder(1)) {
      float[] logits = decoder.add(prompt);
      while (answer.size() < tokens) {
        int best = 0;
        for (int t = 1; t < logits.length; t++) {
          best = logits[t] > logits[best] ? t : best;
        }
        answer.add(best);
        logits = decoder.step(new int[] {best});
      }
    }
    return answer;
  }
}
