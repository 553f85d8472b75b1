/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.safetensors.SafetensorsFile;
import dev.dpo4j.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares the commands with what transformers and TRL recorded. */
class GoldenCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> MODELS =
      List.of("llama-tied", "llama3", "mistral-window", "qwen2-tied", "qwen3");

  private Path shared = Path.of("");

  @BeforeEach
  void needsTheSharedFolder() {
    String name = System.getenv("DPO4J_SHARED");
    if (name == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
    } else {
      shared = Path.of(name);
    }
  }

  private static CapturedConsole run(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    assertThat(code).as(console.err()).isZero();
    return console;
  }

  @Test
  void greedyTokensAreThoseOfTransformers() throws IOException {
    for (String name : MODELS) {
      Path model = shared.resolve("golden/models").resolve(name);
      CapturedConsole console =
          run(
              "generate",
              "--model_name_or_path=" + model,
              "--prompt_ids=" + prompt(model.resolve("golden.safetensors")),
              "--max_new_tokens=24",
              "--temperature=0",
              "--ignore_eos=true",
              "--json");
      JsonNode golden = JSON.readTree(model.resolve("golden.json").toFile());
      JsonNode found = JSON.readTree(console.out());
      assertThat(found.get("token_ids").toString())
          .as(name)
          .isEqualTo(golden.get("greedy_24").toString());
    }
  }

  private static String prompt(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      List<String> ids = new ArrayList<>();
      ByteBuffer bytes = tensors.bytes("prompt_ids");
      TensorInfo info = Objects.requireNonNull(tensors.tensors().get("prompt_ids"));
      boolean wide = info.dtype().byteSize() == Long.BYTES;
      while (bytes.hasRemaining()) {
        ids.add(Long.toString(wide ? bytes.getLong() : bytes.getInt()));
      }
      return String.join(",", ids);
    }
  }

  private JsonNode recorded(String name) {
    for (JsonNode run : JSON.readTree(shared.resolve("golden/trl/dpo.json").toFile())) {
      if (run.get("name").asString().equals(name)) {
        return run;
      }
    }
    throw new AssertionError("no run called " + name);
  }

  @Test
  void everyMetricOfEveryStepIsThatOfTrl(@TempDir Path folder) throws IOException {
    JsonNode golden = recorded("sigmoid");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + shared.resolve("golden/models/qwen2-tied"),
                "--dataset_name=" + shared.resolve("data/dpo-en.jsonl"),
                "--dataset_train_split=train[0:24]",
                "--train_sampling_strategy=sequential",
                "--logging_steps=1",
                "--output_dir=" + folder.resolve("out")));
    for (Map.Entry<String, JsonNode> option : golden.get("config").properties()) {
      arguments.add("--" + option.getKey());
      arguments.add(option.getValue().toString().replace("\"", ""));
    }
    run(arguments.toArray(String[]::new));
    List<String> lines = Files.readAllLines(folder.resolve("out/metrics.jsonl"));
    assertThat(lines).hasSameSizeAs(golden.get("steps"));
    for (int step = 0; step < lines.size(); step++) {
      JsonNode found = JSON.readTree(lines.get(step));
      for (Map.Entry<String, JsonNode> metric : golden.get("steps").get(step).properties()) {
        double expected = metric.getValue().asDouble();
        // The floors are those of the noise measured between runs of the peer itself.
        double floor = metric.getKey().startsWith("rewards/") ? 0.2 : 1e-3;
        double tolerance = (step == 0 ? 1e-4 : 1e-3) * Math.max(Math.abs(expected), floor);
        assertThat(found.get(metric.getKey()).asDouble())
            .as("step %d %s", step + 1, metric.getKey())
            .isBetween(expected - tolerance, expected + tolerance);
      }
    }
    JsonNode state = JSON.readTree(folder.resolve("out/trainer_state.json").toFile());
    // 30 sequences padded to 256 tokens, 129856 weights without the embedding: TRL's own number.
    assertThat(state.get("total_flos").asDouble()).isEqualTo(6.0 * 30 * 256 * 129856);
  }
}
