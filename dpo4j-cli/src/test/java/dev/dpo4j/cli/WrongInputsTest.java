/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What beginners give to the commands that train, and what they are told. */
class WrongInputsTest {
  private static final String PAIR =
      "{\"prompt\": \"a lantern\", \"chosen\": \" in the window\", \"rejected\": \" somewhere\"}\n";

  @TempDir private Path folder;
  private CapturedConsole console = new CapturedConsole();

  private int train(String method, String model, Path data) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption(), Map.of("HF_HUB_OFFLINE", "1"))
        .execute(
            method,
            "--model_name_or_path=" + model,
            "--dataset_name=" + data,
            "--output_dir=" + folder.resolve("out-" + method),
            "--max_steps=1");
  }

  private Path rows(String text) throws IOException {
    return Files.writeString(folder.resolve("rows.jsonl"), text);
  }

  @Test
  void whatIsNoModelFolderIsCalledThat() throws IOException {
    Path data = rows(PAIR);
    Path empty = Files.createDirectories(folder.resolve("empty"));
    Path file = Files.writeString(folder.resolve("file.txt"), "x");
    Path other = Files.createDirectories(folder.resolve("other"));
    Files.writeString(other.resolve("notes.txt"), "x");
    Path outer = Files.createDirectories(folder.resolve("outer"));
    TinyModel.write(outer);
    Path none = folder.resolve("none");
    for (List<Object> wrong :
        List.<List<Object>>of(
            List.of(empty, "is no model folder: it is empty"),
            List.of(file, "is a file, but neither a model folder nor a GGUF file"),
            List.of(other, "is no model folder: it holds notes.txt"),
            List.of(outer, "the model is in " + outer.resolve("tiny model")),
            List.of(none, "does not exist: expected a model folder"))) {
      assertThat(train("dpo", wrong.get(0).toString(), data)).isEqualTo(4);
      assertThat(console.err())
          .contains(String.valueOf(wrong.get(1)), "config.json, tokenizer.json")
          .doesNotContain("tokenizer.json does not exist");
    }
  }

  @Test
  void aPathThatDoesNotExistIsNotTakenForANameInSilence() throws IOException {
    assertThat(train("dpo", "models/mine", rows(PAIR))).isEqualTo(4);
    assertThat(console.err())
        .contains("model_name_or_path: there is no path models/mine here")
        .contains("taken from the Hub");
  }

  @Test
  void rowsOfAnotherMethodNameItsCommand() throws IOException {
    String model = TinyModel.write(folder).toString();
    Path judged = rows("{\"prompt\": \"q\", \"completion\": \"a\", \"label\": true}\n");
    assertThat(train("dpo", model, judged)).isEqualTo(3);
    assertThat(console.err()).contains("are for dpo4j kto");
    Path chat =
        rows(
            "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}\n");
    assertThat(train("dpo", model, chat)).isEqualTo(3);
    assertThat(console.err()).contains("are for dpo4j sft");
    assertThat(train("kto", model, chat)).isEqualTo(3);
    assertThat(console.err()).contains("are for dpo4j sft");
    Path one = rows("{\"prompt\": \"q\", \"completion\": \"a\"}\n");
    assertThat(train("dpo", model, one)).isEqualTo(3);
    assertThat(console.err())
        .contains("are for dpo4j sft; with a \"label\" they are for dpo4j kto");
  }

  @Test
  void aModelWithATemplateThatGetsPlainTextIsWarnedAbout() throws IOException {
    String model = TinyModel.write(folder).toString();
    assertThat(train("dpo", model, rows(PAIR + PAIR))).as(console.err()).isZero();
    assertThat(console.err())
        .containsOnlyOnce("warning: chat template: 2 of 2 rows are plain text")
        .contains("\"role\": \"user\"");
    String turns =
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"q\"}], \"chosen\": \"a\", \"rejected\": \"b\"}\n";
    Files.delete(folder.resolve("out-dpo/config.yaml"));
    assertThat(train("sft", model, rows(turns))).as(console.err()).isZero();
    assertThat(console.err()).doesNotContain("chat template");
  }

  @Test
  void textThatHoldsTheTurnsAlreadyIsNotWarnedAbout() throws IOException {
    String model = TinyModel.write(folder).toString();
    Path rendered =
        rows(
            "{\"prompt\": \"<|im_start|>user\\nq<|im_end|>\", \"chosen\": \"a\", \"rejected\": \"b\"}\n");
    assertThat(train("dpo", model, rendered)).as(console.err()).isZero();
    assertThat(console.err()).doesNotContain("chat template");
  }
}
