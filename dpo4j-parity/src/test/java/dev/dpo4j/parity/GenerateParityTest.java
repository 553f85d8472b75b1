/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.generate.Candidates;
import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Batched generation against transformers: greedy tokens, and what the filters leave. */
class GenerateParityTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path scratch;

  private static int[] goldenPrompt(Path folder) {
    try (Scope scope = Scope.open();
        SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
      TensorInfo info = golden.tensors().get("prompt_ids");
      return Tensor.fromBytes(golden.bytes("prompt_ids"), info.dtype(), info.shape()).toInts();
    }
  }

  private static List<List<Integer>> greedy(
      LanguageModel model, List<int[]> prompts, int tokens, double penalty, int batchSize) {
    StopRules never = new StopRules(Set.of(), List.of());
    SamplingOptions options = new SamplingOptions(tokens, 0, 0, 1, 0, penalty, 0);
    try (CausalLm lm = model.compute(ComputeOptions.float32());
        GenerationEngine engine = new GenerationEngine(lm, model.tokenizer(), batchSize)) {
      List<GenerationTask> tasks =
          prompts.stream()
              .map(prompt -> engine.submit(GenerationRequest.of(prompt, options, never)))
              .toList();
      while (engine.step()) {}
      return tasks.stream().map(task -> task.await().tokenIds()).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "llama-tied", "llama3", "mistral-window", "qwen3"})
  void greedyTokensInABatchOfAnySizeAreTheRecordedOnes(String name) {
    assertGreedy(Shared.path("golden/models/" + name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "smollm3",
        "gemma3",
        "phi3",
        "phi4-mini",
        "granite",
        "olmo2",
        "olmo3",
        "ministral",
        "glm4",
        "hunyuan-dense",
        "ernie4-5",
        "seed-oss",
        "qwen3-moe"
      })
  void greedyTokensOfFurtherFamiliesAreTheRecordedOnes(String name) {
    assertGreedy(Shared.path("golden/families/" + name));
  }

  private static void assertGreedy(Path folder) {
    JsonNode golden = JSON.readTree(folder.resolve("golden.json").toFile()).get("greedy_24");
    List<Integer> expected = new ArrayList<>();
    golden.forEach(id -> expected.add(id.asInt()));
    int[] prompt = goldenPrompt(folder);
    try (LanguageModel model = LanguageModel.load(folder)) {
      List<int[]> prompts =
          List.of(Arrays.copyOf(prompt, 3), prompt, Arrays.copyOf(prompt, 9), prompt);
      for (int batchSize = 1; batchSize <= 4; batchSize++) {
        List<List<Integer>> answers = greedy(model, prompts, 24, 1, batchSize);
        assertThat(answers.get(1)).as("batch size %d", batchSize).isEqualTo(expected);
        assertThat(answers.get(3)).as("batch size %d", batchSize).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "mistral-window", "qwen3"})
  void greedyBatchesWithARepetitionPenaltyAreThoseOfTransformers(String name) throws Exception {
    Path folder = Shared.path("golden/models/" + name);
    int[] prompt = goldenPrompt(folder);
    List<int[]> prompts =
        List.of(prompt, Arrays.copyOf(prompt, 2), Arrays.copyOfRange(prompt, 5, prompt.length));
    StringBuilder cases = new StringBuilder();
    double[] penalties = {1.0, 1.3, 0.8};
    for (double penalty : penalties) {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("prompts", prompts);
      line.put("max_new_tokens", 16);
      line.put("repetition_penalty", penalty);
      cases.append(JSON.writeValueAsString(line)).append('\n');
    }
    String[] theirs =
        Peer.run(scratch, "generate.py", cases.toString(), List.of(folder.toString())).split("\n");
    try (LanguageModel model = LanguageModel.load(folder)) {
      for (int i = 0; i < penalties.length; i++) {
        String ours = JSON.writeValueAsString(greedy(model, prompts, 16, penalties[i], 3));
        assertThat(JSON.readTree(ours))
            .as("penalty " + penalties[i])
            .isEqualTo(JSON.readTree(theirs[i]));
      }
    }
  }

  @Test
  void filtersLeaveTheTokensAndProbabilitiesThatTransformersLeaves() throws Exception {
    Path folder = Shared.path("golden/models/qwen3");
    Random random = new Random(11);
    List<SamplingOptions> options = new ArrayList<>();
    List<float[]> scores = new ArrayList<>();
    StringBuilder cases = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      float[] row = new float[400];
      for (int t = 0; t < row.length; t++) {
        row[t] = (float) (random.nextGaussian() * 4);
      }
      // A tie at the border of top k; top p is not asked for there, its ties are unspecified.
      row[7] = row[11];
      int topK = i % 4 == 0 ? 0 : 1 + random.nextInt(80);
      double topP = i % 3 == 0 ? 1 : 0.05 + 0.9 * random.nextDouble();
      double minP = i % 5 == 0 ? 0.02 + 0.3 * random.nextDouble() : 0;
      double temperature = 0.5 + random.nextDouble();
      options.add(new SamplingOptions(1, temperature, topK, topP, minP, 1, 0));
      scores.add(row);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("scores", row);
      line.put("top_k", topK);
      line.put("top_p", topP);
      line.put("min_p", minP);
      line.put("temperature", temperature);
      cases.append(JSON.writeValueAsString(line)).append('\n');
    }
    String[] theirs =
        Peer.run(scratch, "generate.py", cases.toString(), List.of(folder.toString())).split("\n");
    for (int i = 0; i < options.size(); i++) {
      double[] expected = JSON.readValue(theirs[i], double[].class);
      double[] found = Candidates.probabilities(scores.get(i), options.get(i));
      for (int t = 0; t < expected.length; t++) {
        assertThat(found[t] > 0).as("case %d token %d", i, t).isEqualTo(expected[t] > 0);
        // Float32 probabilities of the peer: seven digits.
        assertThat(found[t]).isBetween(expected[t] - 1e-6, expected[t] + 1e-6);
      }
    }
  }
}
