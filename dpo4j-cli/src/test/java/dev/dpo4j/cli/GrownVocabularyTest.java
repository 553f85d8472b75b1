/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens that a chat format needs and a model lacks are added, and the embedding grows with them.
 */
class GrownVocabularyTest {
  private static final String OPEN = "<|turn|>";
  private static final String END = "<|over|>";
  private static final String TEMPLATE =
      "{% for m in messages %}{{ '<|turn|>' + m.role + '\\n' + m.content + '<|over|>' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|turn|>assistant\\n' }}{% endif %}";

  @TempDir private Path folder;
  private AdapterRuns runs;
  private ChildRun run;
  private Path other;
  private int rows;

  @BeforeEach
  void prepare() throws IOException {
    runs = new AdapterRuns(folder);
    run = runs.run;
    Files.writeString(
        run.data,
        """
        {"prompt": [{"role": "user", "content": "a lantern"}], "chosen": [{"role": "assistant", "content": "in the window"}], "rejected": [{"role": "assistant", "content": "no idea"}]}
        {"prompt": [{"role": "user", "content": "a window"}], "chosen": [{"role": "assistant", "content": "with a lantern"}], "rejected": [{"role": "assistant", "content": "x"}]}
        """);
    rows = json(run.model.resolve("config.json")).path("vocab_size").asInt();
    other = otherModel(OPEN, END);
  }

  /** A model whose tokenizer knows two tokens more and whose template writes them. */
  private Path otherModel(String... tokens) throws IOException {
    Path model = Files.createDirectories(folder.resolve("other"));
    try (Stream<Path> files = Files.list(run.model)) {
      for (Path file : files.filter(f -> !f.toString().endsWith(".safetensors")).toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    ObjectNode tokenizer = json(model.resolve("tokenizer.json"));
    int id = rows;
    for (String token : tokens) {
      ((ArrayNode) tokenizer.path("added_tokens"))
          .addObject()
          .put("id", id++)
          .put("content", token)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    Files.writeString(model.resolve("tokenizer.json"), tokenizer.toString());
    ObjectNode config = json(model.resolve("tokenizer_config.json"));
    config.put("eos_token", END).remove("chat_template");
    Files.writeString(model.resolve("tokenizer_config.json"), config.toString());
    Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
    return model;
  }

  private static ObjectNode json(Path file) throws IOException {
    return (ObjectNode) JsonMapper.shared().readTree(Files.readString(file));
  }

  private int train(Path output, String... more) {
    List<String> all = new ArrayList<>(List.of("--gradient_accumulation_steps=1"));
    all.addAll(List.of(more));
    return runs.execute(run.into(output, all.toArray(String[]::new)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use_peft=false", "--use_peft=true"})
  void theTokensOfAnotherModelAreAddedAndTheResultKeepsThem(String peft) throws IOException {
    Path output = folder.resolve("out");
    assertThat(train(output, peft, "--chat_template_path=" + other))
        .as(runs.console().err())
        .isZero();
    int grown = (rows + 2 + 63) / 64 * 64;
    for (Path place : List.of(output, output.resolve("checkpoint-2"))) {
      try (LanguageModel model = LanguageModel.load(place)) {
        HfTokenizer tokenizer = model.tokenizer();
        assertThat(tokenizer.tokenToId(OPEN)).hasValue(rows);
        assertThat(tokenizer.tokenToId(END)).hasValue(rows + 1);
        assertThat(tokenizer.tokenToId("<extra_id_0>")).hasValue(rows + 2);
        assertThat(tokenizer.vocabSize()).isEqualTo(grown);
        assertThat(tokenizer.specialTokens().eos()).contains(END);
        assertThat(tokenizer.stopIds().get(0)).isEqualTo(rows + 1);
        assertThat(tokenizer.encode(OPEN + "a" + END, false)).startsWith(rows).endsWith(rows + 1);
        assertThat(model.config().vocabSize()).isEqualTo(grown);
      }
    }
    assertThat(runs.console().err()).contains("vocabulary", OPEN, grown + " rows");
    runs.logps(output);
    assertThat(runs.execute("generate", "--model_name_or_path=" + output, "--prompt=a lantern"))
        .as(runs.console().err())
        .isZero();
  }

  @Test
  void anAdapterTrainsEmbeddingAndHeadAndMergesIntoAModelOfTheNewSize() throws IOException {
    Path adapter = folder.resolve("adapter");
    Path merged = folder.resolve("merged");
    assertThat(train(adapter, "--chat_template_path=" + other, "--learning_rate=1e-2"))
        .as(runs.console().err())
        .isZero();
    assertThat(json(adapter.resolve("adapter_config.json")).path("modules_to_save").toString())
        .isEqualTo("[\"embed_tokens\",\"lm_head\"]");
    assertThat(runs.console().err())
        .contains("resize_token_embeddings(len(tokenizer), pad_to_multiple_of=64)");
    assertThat(runs.execute("merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged))
        .as(runs.console().err())
        .isZero();
    assertThat(json(merged.resolve("config.json")).path("vocab_size").asInt())
        .isEqualTo((rows + 2 + 63) / 64 * 64);
    List<Double> apart = runs.logps(adapter);
    List<Double> together = runs.logps(merged);
    for (int i = 0; i < apart.size(); i++) {
      // Sums of float32 in another order.
      assertThat(together.get(i)).isCloseTo(apart.get(i), within(1e-4));
    }
    // Its tokens are there now, so that a second run adds none.
    Path on = folder.resolve("on");
    assertThat(
            runs.execute(
                run.into(
                    on,
                    "--model_name_or_path=" + adapter,
                    "--chat_template_path=" + other,
                    "--max_steps=1")))
        .as(runs.console().err())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use_peft=false", "--use_peft=true"})
  void aStoppedRunGoesOnToTheSameBytes(String peft) throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    String template = "--chat_template_path=" + other;
    assertThat(train(whole, peft, template, "--max_steps=4")).as(runs.console().err()).isZero();
    assertThat(train(parts, peft, template, "--max_steps=4", "--save_steps=2")).isZero();
    String file = peft.endsWith("true") ? "adapter_model.safetensors" : "model.safetensors";
    byte[] expected = Files.readAllBytes(whole.resolve(file));
    Files.delete(parts.resolve(file));
    assertThat(
            train(
                parts,
                peft,
                template,
                "--max_steps=4",
                "--save_steps=2",
                "--resume_from_checkpoint=" + parts.resolve("checkpoint-2")))
        .as(runs.console().err())
        .isZero();
    assertThat(Files.readAllBytes(parts.resolve(file))).isEqualTo(expected);
  }

  @Test
  void namedTokensAreAddedWithResizeVocab() throws IOException {
    Path output = folder.resolve("out");
    assertThat(
            train(
                output,
                "--use_peft=false",
                "--resize_vocab=true",
                "--new_special_tokens=" + OPEN,
                "--add_tokens=lantern-light",
                "--eos_token=" + END))
        .as(runs.console().err())
        .isZero();
    try (LanguageModel model = LanguageModel.load(output)) {
      HfTokenizer tokenizer = model.tokenizer();
      assertThat(tokenizer.vocabSize()).isEqualTo(rows + 3);
      assertThat(tokenizer.specialTokens().eos()).contains(END);
      assertThat(tokenizer.isSpecial(tokenizer.tokenToId(OPEN).orElseThrow())).isTrue();
      int text = tokenizer.tokenToId("lantern-light").orElseThrow();
      assertThat(tokenizer.isSpecial(text)).isFalse();
      assertThat(tokenizer.encode("lantern-light", false)).containsExactly(text);
      assertThat(model.config().vocabSize()).isEqualTo((rows + 3 + 63) / 64 * 64);
    }
  }

  @Test
  void newRowsBeginAtTheMeanOfTheOthers() throws IOException {
    Path output = folder.resolve("out");
    assertThat(
            train(
                output,
                "--use_peft=false",
                "--chat_template_path=" + other,
                "--learning_rate=1e-30"))
        .as(runs.console().err())
        .isZero();
    try (Scope scope = Scope.open();
        LanguageModel model = LanguageModel.load(output)) {
      float[] all = model.parameters().value("model.embed_tokens.weight").toFloats();
      int width = model.config().hiddenSize();
      for (int column = 0; column < width; column += 7) {
        double mean = 0;
        for (int row = 0; row < rows; row++) {
          mean += all[row * width + column] / rows;
        }
        double first = all[rows * width + column];
        double second = all[(rows + 1) * width + column];
        // The noise has a deviation of 3e-5 times 0.08.
        assertThat(first).isCloseTo(mean, within(2e-5));
        assertThat(second).isCloseTo(mean, within(2e-5)).isNotEqualTo(first);
      }
    }
  }

  @Test
  void marksOfATemplateThatAreNoTokensAreNamed() throws IOException {
    Path output = folder.resolve("out");
    String template = "--chat_template=" + TEMPLATE;
    assertThat(train(output, template, "--max_steps=1")).as(runs.console().err()).isZero();
    assertThat(runs.console().err())
        .contains(
            "the chat template writes <|over|> <|turn|>, which the vocabulary", "resize_vocab");
  }

  @Test
  void whatCannotGrowIsRefusedBeforeTheFirstStep() throws IOException {
    Path output = folder.resolve("out");
    assertThat(train(output, "--new_special_tokens=" + OPEN)).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("new_special_tokens", "without resize_vocab");
    assertThat(train(output, "--resize_vocab=true")).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("resize_vocab", "has no effect", "Remove the key");
    assertThat(train(output, "--resize_vocab=true", "--new_special_tokens=<a>,<a>"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("names <a> twice");
    assertThat(train(output, "--chat_template_path=" + folder.resolve("none")))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("neither a .jinja or .j2 file nor a model folder");
    Files.delete(other.resolve("chat_template.jinja"));
    assertThat(train(output, "--chat_template_path=" + other)).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("has no chat template");
    Files.writeString(other.resolve("chat_template.jinja"), TEMPLATE);
    Path adapter = folder.resolve("adapter");
    assertThat(train(adapter, "--max_steps=1")).as(runs.console().err()).isZero();
    assertThat(train(output, "--model_name_or_path=" + adapter, "--chat_template_path=" + other))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err())
        .contains("chat_template_path", OPEN, "no token can be added to one", "dpo4j merge");
    assertThat(output).doesNotExist();
  }
}
