/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.generate.GenerationEngine;
import dev.dpo4j.generate.GenerationRequest;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.SamplingOptions;
import dev.dpo4j.generate.StopRules;
import dev.dpo4j.generate.speculate.PromptLookup;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Greedy answers of real models, whose weights are read in 16 bits, against transformers. */
@Tag("heavy")
class RealGenerationParityTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int PROMPTS = 16;
  private static final int TOKENS = 32;
  private static final int LONGEST = 200;

  @TempDir Path scratch;

  private static List<int[]> prompts(LanguageModel model) throws IOException {
    List<int[]> prompts = new ArrayList<>();
    for (String line : Files.readAllLines(Shared.path("data/dpo-en.jsonl"))) {
      StringBuilder text = new StringBuilder();
      for (JsonNode message : JSON.readTree(line).get("prompt")) {
        text.append(message.get("content").asString()).append('\n');
      }
      int[] ids = model.tokenizer().encode(text.toString(), false);
      if (ids.length > 0 && ids.length <= LONGEST && prompts.size() < PROMPTS) {
        prompts.add(ids);
      }
    }
    return prompts;
  }

  private static List<List<Integer>> answers(GenerationEngine engine, List<int[]> prompts) {
    StopRules never = new StopRules(Set.of(), List.of());
    List<GenerationTask> tasks =
        prompts.stream()
            .map(ids -> GenerationRequest.of(ids, SamplingOptions.greedy(TOKENS), never))
            .map(engine::submit)
            .toList();
    while (engine.step()) {}
    return tasks.stream().map(task -> task.await().tokenIds()).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"})
  void sixteenGreedyAnswersAreThoseOfTransformersInFloat32(String name) throws Exception {
    Path folder = Shared.model(name);
    try (LanguageModel model = LanguageModel.load(folder)) {
      List<int[]> prompts = prompts(model);
      assertThat(prompts).hasSize(PROMPTS);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("prompts", prompts);
      line.put("max_new_tokens", TOKENS);
      line.put("repetition_penalty", 1.0);
      String theirs =
          Peer.run(
              scratch,
              "generate.py",
              JSON.writeValueAsString(line) + "\n",
              List.of(folder.toString()));
      JsonNode expected = JSON.readTree(theirs);
      try (CausalLm lm = model.compute(ComputeOptions.float32());
          GenerationEngine batch = new GenerationEngine(lm, model.tokenizer(), 8);
          GenerationEngine guessing =
              new GenerationEngine(lm, model.tokenizer(), 4, new PromptLookup(8), false)) {
        for (GenerationEngine engine : List.of(batch, guessing)) {
          String ours = JSON.writeValueAsString(answers(engine, prompts));
          assertThat(JSON.readTree(ours)).isEqualTo(expected);
        }
        assertThat(guessing.proven()).isPositive();
      }
    }
  }
}
