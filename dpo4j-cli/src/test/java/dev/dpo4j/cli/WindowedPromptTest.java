/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Prompts several times as long as the sliding window of a model, through the command line. */
class WindowedPromptTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int WINDOW = 8;
  private static final int TOKENS = 12;
  private static final String PROMPT = "a lantern in the window and another in the hall ".repeat(2);

  @TempDir static Path models;
  private static Path windowed = Path.of("");
  private static Path whole = Path.of("");

  @TempDir Path folder;

  @BeforeAll
  static void writeModels() throws IOException {
    whole = TinyModel.write(models.resolve("whole"));
    windowed = TinyModel.write(models.resolve("windowed"));
    Path config = windowed.resolve("config.json");
    ObjectNode fields = (ObjectNode) JSON.readTree(Files.readString(config));
    fields.remove("layer_types");
    fields.put("use_sliding_window", true);
    fields.put("sliding_window", WINDOW);
    fields.put("max_window_layers", 0);
    Files.writeString(config, fields.toString());
  }

  private String answer(Path model, String... more) throws IOException {
    CapturedConsole console = new CapturedConsole();
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"), "{\"prompt\": \"%s\"}\n".formatted(PROMPT));
    Path output = folder.resolve("answers.jsonl");
    Files.deleteIfExists(output);
    String[] arguments = {
      "generate",
      "--model_name_or_path=" + model,
      "--prompts=" + prompts,
      "--output=" + output,
      "--max_new_tokens=" + TOKENS,
      "--apply_chat_template=false",
      "--ignore_eos=true",
      "--temperature=0"
    };
    String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    int code = new Cli(console.console(), new Interruption()).execute(all);
    assertThat(code).as(console.err()).isZero();
    JsonNode row = JSON.readTree(Files.readString(output).strip());
    return row.get("responses").get(0).asString();
  }

  /** What the model answers when each token is computed over the whole text, without a cache. */
  private static String withoutCache(Path folder) {
    try (LanguageModel model = LanguageModel.load(folder);
        CausalLm network = model.compute(ComputeOptions.float32())) {
      int[] ids = model.tokenizer().encode(PROMPT, true);
      int prompt = ids.length;
      assertThat(prompt).isGreaterThan(4 * WINDOW);
      while (ids.length < prompt + TOKENS) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = best(network, Arrays.copyOf(ids, ids.length - 1));
      }
      return model.tokenizer().decode(Arrays.copyOfRange(ids, prompt, ids.length), true);
    }
  }

  private static int best(CausalLm network, int[] ids) {
    try (Scope scope = Scope.open()) {
      float[] last = network.logits(ids).narrow(0, ids.length - 1, 1).toFloats();
      int best = 0;
      for (int i = 1; i < last.length; i++) {
        best = last[i] > last[best] ? i : best;
      }
      return best;
    }
  }

  @Test
  void aPromptLongerThanTheWindowIsAnsweredAsIfEachTokenWereComputedAfresh() throws IOException {
    assertThat(answer(windowed)).isEqualTo(withoutCache(windowed));
    assertThat(answer(whole)).isEqualTo(withoutCache(whole));
  }

  @Test
  void theWindowIsWhatMakesTheAnswer() throws IOException {
    assertThat(answer(windowed)).isNotEqualTo(answer(whole));
  }

  @Test
  void guessedTokensDoNotChangeTheAnswer() throws IOException {
    assertThat(answer(windowed, "--prompt_lookup_num_tokens=3")).isEqualTo(answer(windowed));
  }
}
