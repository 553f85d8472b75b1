/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A base model stops at the end of a text, and its chat template ends turns with another token: the
 * result of training stops at both, and it is told.
 */
class StopTokenTest {
  private static final String GENERATION = "generation_config.json";

  @TempDir private Path folder;
  private ChildRun run;
  private Path data;
  private String err = "";
  private int endOfText;
  private int endOfTurn;

  @BeforeEach
  void prepare() throws IOException {
    run = ChildRun.dpo(folder);
    data =
        Files.writeString(
            folder.resolve("chat.jsonl"),
            """
            {"prompt": [{"role": "user", "content": "a lantern"}], "chosen": [{"role": "assistant", "content": "in the window"}], "rejected": [{"role": "assistant", "content": "no idea"}]}
            {"prompt": [{"role": "user", "content": "a window"}], "chosen": [{"role": "assistant", "content": "with a lantern"}], "rejected": [{"role": "assistant", "content": "x"}]}
            """);
    try (HfTokenizer tokenizer = HfTokenizer.load(run.model)) {
      endOfText = tokenizer.tokenToId("<|endoftext|>").orElseThrow();
      endOfTurn = tokenizer.tokenToId("<|im_end|>").orElseThrow();
    }
    stopAt(endOfText);
  }

  private void stopAt(int id) throws IOException {
    Files.writeString(
        run.model.resolve(GENERATION),
        "{\n  \"do_sample\": true,\n  \"eos_token_id\": " + id + "\n}\n");
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    err = console.err() + console.out();
    return code;
  }

  private int train(Path output, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--dataset_name=" + data,
                "--eval_dataset=" + data,
                "--max_steps=1",
                "--gradient_accumulation_steps=1"));
    all.addAll(List.of(more));
    return execute(run.into(output, all.toArray(String[]::new)));
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use_peft=false", "--use_peft=true"})
  void theResultAndItsCheckpointsStopWhereTheAnswersEnd(String peft) throws IOException {
    Path output = folder.resolve("out");
    assertThat(train(output, peft)).as(err).isZero();
    assertThat(err)
        .contains("warning: stop_token", "<|im_end|> (" + endOfTurn + ")", "<|endoftext|>");
    for (String place : List.of(".", "checkpoint-1")) {
      JsonNode written = json(output.resolve(place).resolve(GENERATION));
      assertThat(written.path("eos_token_id").toString())
          .isEqualTo("[" + endOfText + "," + endOfTurn + "]");
      assertThat(written.path("do_sample").asBoolean()).isTrue();
    }
    try (HfTokenizer tokenizer = HfTokenizer.load(output)) {
      assertThat(tokenizer.stopIds()).containsExactly(endOfText, endOfTurn);
    }
  }

  @Test
  void aMergedAdapterStopsThereToo() throws IOException {
    Path output = folder.resolve("out");
    Path merged = folder.resolve("merged");
    assertThat(train(output, "--use_peft=true")).as(err).isZero();
    assertThat(execute("merge", "--model_name_or_path=" + output, "--output_dir=" + merged))
        .as(err)
        .isZero();
    assertThat(json(merged.resolve(GENERATION)).path("eos_token_id").size()).isEqualTo(2);
  }

  @Test
  void nothingIsSaidOrChangedWhereTheModelStopsAtTheEndOfATurn() throws IOException {
    stopAt(endOfTurn);
    String before = Files.readString(run.model.resolve(GENERATION));
    Path output = folder.resolve("out");
    assertThat(train(output)).as(err).isZero();
    assertThat(err).doesNotContain("stop_token");
    assertThat(output.resolve(GENERATION)).hasContent(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpo", "kto"})
  void answersThatMaxCompletionLengthCutAreNotTakenForAnswersWithoutAnEnd(String method)
      throws IOException {
    stopAt(endOfTurn);
    Path output = folder.resolve("out");
    List<String> all = new ArrayList<>(List.of(method));
    all.addAll(
        List.of(
            "--model_name_or_path=" + run.model,
            "--dataset_name=" + data,
            "--output_dir=" + output,
            "--max_steps=1",
            "--per_device_train_batch_size=2",
            "--max_completion_length=1"));
    assertThat(execute(all.toArray(String[]::new))).as(err).isZero();
    assertThat(err).doesNotContain("stop_token");
  }

  @Test
  void answersWithoutAnEndAreTold() throws IOException {
    Files.writeString(
        run.model.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if"
            + " add_generation_prompt %}assistant: {% endif %}");
    assertThat(train(folder.resolve("out"))).as(err).isZero();
    assertThat(err).contains("warning: stop_token", "end with no special token");
  }

  @Test
  void theDoctorSaysIt() {
    assertThat(execute("data", "doctor", data.toString(), "--model=" + run.model)).isZero();
    assertThat(err).contains("model does not stop where the answers end", "<|im_end|>");
  }
}
