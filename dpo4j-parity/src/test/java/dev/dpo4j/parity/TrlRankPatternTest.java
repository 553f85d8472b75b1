/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraBias;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraTargets;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run of TRL 1.16.0 with PEFT 0.21.2 whose adapter has ranks and alphas of single layers and
 * trains norms. It began with matrices A of sines, so that nobody has to keep them.
 */
class TrlRankPatternTest {
  private static final String RUN = "/trl-rank-pattern.json";

  @TempDir Path folder;

  @Test
  void everyMetricOfEveryStepOfAnAdapterWithRanksOfItsLayersEqualsTrl() throws IOException {
    JsonNode run;
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(RUN))) {
      run = JsonMapper.shared().readTree(in);
    }
    Path start = Files.createDirectories(folder.resolve("start"));
    writeStart(Shared.path("golden/models/" + run.get("model").asString()), run, start);
    new TrlRun(run, "sequential").checkFrom(start, TrlRun::dpo, folder.resolve("run"));
  }

  private static void writeStart(Path base, JsonNode run, Path start) throws IOException {
    JsonNode lora = run.get("lora");
    Map<String, Integer> ranks = new LinkedHashMap<>();
    lora.get("rank_pattern").properties().forEach(e -> ranks.put(e.getKey(), e.getValue().asInt()));
    Map<String, Double> alphas = new LinkedHashMap<>();
    lora.get("alpha_pattern")
        .properties()
        .forEach(e -> alphas.put(e.getKey(), e.getValue().asDouble()));
    LoraTargets targets =
        new LoraTargets(
            texts(lora.get("target_modules")),
            null,
            texts(lora.get("exclude_modules")),
            null,
            List.of(),
            List.of(),
            ranks,
            alphas);
    LoraConfig config =
        new LoraConfig(
            lora.get("r").asInt(),
            lora.get("lora_alpha").asDouble(),
            0,
            targets,
            false,
            false,
            LoraBias.NONE,
            Set.of(),
            Set.copyOf(texts(lora.get("modules_to_save"))),
            Set.of());
    try (LanguageModel model = LanguageModel.load(base)) {
      model.addAdapter(config, 1);
      for (Parameter parameter : model.trained().parameters()) {
        if (parameter.name().contains(".lora_A.")) {
          try (Scope scope = Scope.open()) {
            model.trained().value(parameter.name()).copy_(sines(parameter));
          }
        }
      }
      model.save(start, DType.FLOAT32);
    }
  }

  private static Tensor sines(Parameter parameter) {
    float[] values = new float[(int) parameter.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.1 * Math.sin(1 + 0.7 * i));
    }
    return Tensor.ofFloats(values, parameter.shape());
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(text -> texts.add(text.asString()));
    return texts;
  }
}
