/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A run takes another chat template or another end of a sequence, and its result has them. */
class ChosenTextsTest {
  private static final String TEMPLATE =
      "{% for m in messages %}{{ '<|im_start|>' + m.role + ': ' + m.content + eos_token }}{% endfor"
          + " %}{% if add_generation_prompt %}{{ '<|im_start|>assistant: ' }}{% endif %}";

  @TempDir private Path folder;
  private ChildRun run;
  private Path data;
  private String err = "";

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
  }

  private int train(Path output, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--dataset_name=" + data,
                "--eval_dataset=" + data,
                "--max_steps=2",
                "--save_steps=1",
                "--gradient_accumulation_steps=1"));
    all.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(run.into(output, all.toArray(String[]::new)));
    err = console.err() + console.out();
    return code;
  }

  @ParameterizedTest
  @ValueSource(strings = {"--use_peft=false", "--use_peft=true"})
  void theResultAndItsCheckpointsHaveTheTemplateAndTheEnd(String peft) throws IOException {
    Path output = folder.resolve("out");
    String end = "<|endoftext|>";
    assertThat(train(output, peft, "--chat_template=" + TEMPLATE, "--eos_token=" + end))
        .as(err)
        .isZero();
    for (Path place : List.of(output, output.resolve("checkpoint-1"))) {
      assertThat(place.resolve("chat_template.jinja")).hasContent(TEMPLATE);
      try (HfTokenizer tokenizer = HfTokenizer.load(place)) {
        int id = tokenizer.tokenToId(end).orElseThrow();
        assertThat(tokenizer.specialTokens().eos()).contains(end);
        assertThat(tokenizer.stopIds().get(0)).isEqualTo(id);
        assertThat(
                tokenizer
                    .chat()
                    .render(ChatTokenizer.userMessage("hi"), null, Map.of(), true)
                    .text())
            .isEqualTo("<|im_start|>user: hi<|endoftext|><|im_start|>assistant: ");
        if (peft.endsWith("false")) {
          String config = Files.readString(place.resolve("config.json"));
          assertThat(JsonMapper.shared().readTree(config).path("eos_token_id").asInt())
              .isEqualTo(id);
        }
      }
    }
    assertThat(err).doesNotContain("stop_token");
  }

  @Test
  void aFileAndAFolderGiveTheSameTemplateAsItsText() throws IOException {
    Path file = Files.writeString(folder.resolve("t.jinja"), TEMPLATE);
    Path first = folder.resolve("text");
    Path second = folder.resolve("file");
    Path third = folder.resolve("folder");
    assertThat(train(first, "--chat_template=" + TEMPLATE)).as(err).isZero();
    assertThat(train(second, "--chat_template_path=" + file)).as(err).isZero();
    assertThat(train(third, "--chat_template_path=" + first)).as(err).isZero();
    for (Path other : List.of(second, third)) {
      assertThat(other.resolve("model.safetensors"))
          .hasSameBinaryContentAs(first.resolve("model.safetensors"));
      assertThat(other.resolve("chat_template.jinja")).hasContent(TEMPLATE);
    }
  }

  @Test
  void anotherTemplateIsRefusedOnResume() throws IOException {
    Path output = folder.resolve("out");
    assertThat(train(output, "--chat_template=" + TEMPLATE)).as(err).isZero();
    String before = Files.readString(output.resolve("metrics.jsonl"));
    assertThat(train(output, "--resume_from_checkpoint=auto", "--max_steps=3")).isEqualTo(2);
    assertThat(err).contains("chat_template: was", "in the run to resume", "is null now");
    assertThat(output.resolve("metrics.jsonl")).hasContent(before);
  }

  @Test
  void whatCannotBeTakenIsRefusedBeforeAnythingIsWritten() {
    Path output = folder.resolve("out");
    assertThat(train(output, "--eos_token=<|nowhere|>")).isEqualTo(2);
    assertThat(err).contains("eos_token", "<|nowhere|> is no token of", "resize_vocab");
    assertThat(train(output, "--chat_template={% for %}")).isEqualTo(2);
    assertThat(err).contains("chat_template", "is no template that can be used");
    assertThat(train(output, "--chat_template=x", "--chat_template_path=y.jinja")).isEqualTo(2);
    assertThat(err).contains("chat_template_path", "cannot be set together with chat_template");
    assertThat(train(output, "--chat_template_path=" + folder.resolve("none.jinja"))).isEqualTo(2);
    assertThat(err).contains("none.jinja does not exist");
    assertThat(train(output, "--bos_token=<s>")).isEqualTo(2);
    assertThat(err).contains("bos_token", "<s> is no token of");
    assertThat(output).doesNotExist();
  }
}
