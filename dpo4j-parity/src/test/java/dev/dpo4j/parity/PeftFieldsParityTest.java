/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What PEFT can say of single layers, biases and whole modules means the same here. */
class PeftFieldsParityTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};

  /** Logits are about 1; float32 sums in another order differ by 1e-6. */
  private static final double LOGITS = 1e-4;

  /** Of the largest entry of a gradient: sums over seven tokens and some hundred products. */
  private static final double GRADIENTS = 1e-4;

  @TempDir Path folder;

  /** A model and the configuration of an adapter on it. */
  private record Case(String base, String config) {}

  private static final List<Case> CASES =
      List.of(
          new Case(
              "models/qwen2-tied",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": ["q_proj", "v_proj", "down_proj"],
               "rank_pattern": {"layers.1.self_attn.q_proj": 7, "down_proj": 2},
               "alpha_pattern": {"v_proj": 3, ".*\\\\.0\\\\.mlp\\\\.down_proj": 11}, "bias": "all"}
              """),
          new Case(
              "models/qwen2-tied",
              """
              {"r": 4, "lora_alpha": 6, "use_rslora": true, "bias": "lora_only",
               "target_modules": ["q_proj", "k_proj", "up_proj"], "layers_to_transform": [0, 2],
               "layers_pattern": "layers", "rank_pattern": {"k_proj": 3}}
              """),
          new Case(
              "models/qwen3",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": ".*layers\\\\.[01]\\\\..*_proj",
               "exclude_modules": ".*1.*o_proj", "modules_to_save": ["input_layernorm", "q_norm"]}
              """),
          new Case(
              "models/llama3",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": "all-linear", "fan_in_fan_out": true,
               "exclude_modules": ["k_proj", "layers.2.mlp.up_proj"],
               "modules_to_save": ["o_proj", "model.norm", "embed_tokens"]}
              """),
          new Case(
              "models/qwen2-tied",
              """
              {"r": 4, "lora_alpha": 6, "use_dora": true, "target_modules": ["q_proj", "o_proj"],
               "rank_pattern": {"o_proj": 2}, "alpha_pattern": {"o_proj": 9}, "bias": "lora_only",
               "layers_to_transform": 1, "modules_to_save": ["post_attention_layernorm"]}
              """),
          new Case(
              "families/phi3",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": ["qkv_proj", "gate_up_proj"],
               "rank_pattern": {"gate_up_proj": 6}, "layers_to_transform": [1, 3],
               "modules_to_save": ["layers.0.self_attn"]}
              """),
          new Case(
              "families/gemma3",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": ["self_attn.q_proj", "mlp.down_proj"],
               "alpha_pattern": {"q_proj": 1}, "modules_to_save": ["norm"]}
              """),
          new Case(
              "families/qwen3-moe",
              """
              {"r": 4, "lora_alpha": 6, "target_modules": ["v_proj"],
               "target_parameters": ["mlp.experts.down_proj", "mlp.experts.gate_up_proj"],
               "rank_pattern": {"experts.down_proj": 2}, "alpha_pattern": {"v_proj": 2},
               "modules_to_save": ["k_norm"]}
              """));

  @Test
  void adaptersOfPeftHaveItsLogitsAndGradientsHereAndItsLogitsAgainWhenWeSavedThem()
      throws Exception {
    List<JsonNode> made = peft("make", "theirs");
    for (int i = 0; i < CASES.size(); i++) {
      String name = i + " " + CASES.get(i);
      try (LanguageModel model = LanguageModel.load(folder.resolve("theirs" + i))) {
        assertClose(name, logits(model), made.get(i).get("logits"), LOGITS);
        assertGradients(name, model, made.get(i).get("gradients"));
        model.save(Files.createDirectories(folder.resolve("ours" + i)), DType.FLOAT32);
        model.mergeAdapter();
        assertClose(name + " merged", logits(model), made.get(i).get("logits"), LOGITS);
      }
    }
    List<JsonNode> read = peft("read", "ours");
    for (int i = 0; i < CASES.size(); i++) {
      float[] theirs = new float[read.get(i).get("logits").size()];
      for (int k = 0; k < theirs.length; k++) {
        theirs[k] = (float) read.get(i).get("logits").get(k).asDouble();
      }
      assertClose(i + " saved here", theirs, made.get(i).get("logits"), LOGITS);
    }
  }

  private List<JsonNode> peft(String task, String name) throws Exception {
    String cases =
        CASES.stream()
            .map(
                c ->
                    "{\"base\": \"%s\", \"folder\": \"%s\", \"config\": %s}"
                        .formatted(
                            Shared.path("golden/" + c.base()),
                            folder.resolve(name + CASES.indexOf(c)),
                            c.config()))
            .collect(Collectors.joining(","));
    String input = "{\"ids\": %s, \"cases\": [%s]}".formatted(Arrays.toString(IDS), cases);
    return Peer.run(folder, "peft_fields.py", input, List.of(task))
        .lines()
        .map(JsonMapper.shared()::readTree)
        .toList();
  }

  private static void assertGradients(String name, LanguageModel model, JsonNode expected) {
    int[] rest = Arrays.copyOfRange(IDS, 1, IDS.length);
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.single(new int[] {IDS[0]}, rest)));
    try (CausalLm lm = model.compute(ComputeOptions.float32());
        CausalLm.Pass pass = lm.forward(batch, LogProbHead.Want.LOGPS)) {
      float[] weights = new float[rest.length];
      Arrays.fill(weights, -1);
      pass.backward(weights);
    }
    assertThat(model.trained().parameters().stream().map(Parameter::name))
        .as(name)
        .containsExactlyInAnyOrderElementsOf(expected.propertyNames());
    for (Parameter parameter : model.trained().parameters()) {
      float[] actual = model.trained().grad(parameter.name()).toFloats();
      JsonNode wanted = expected.get(parameter.name());
      double largest = 0;
      for (JsonNode value : wanted) {
        largest = Math.max(largest, Math.abs(value.asDouble()));
      }
      assertClose(name + " " + parameter.name(), actual, wanted, GRADIENTS * largest + 1e-9);
    }
  }

  private static float[] logits(LanguageModel model) {
    try (Scope scope = Scope.open();
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      return lm.logits(IDS).toFloats();
    }
  }

  private static void assertClose(
      String name, float[] actual, JsonNode expected, double tolerance) {
    assertThat(actual).as(name).hasSize(expected.size());
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i])
          .as("%s at %d", name, i)
          .isCloseTo(expected.get(i).asDouble(), within(tolerance));
    }
  }
}
