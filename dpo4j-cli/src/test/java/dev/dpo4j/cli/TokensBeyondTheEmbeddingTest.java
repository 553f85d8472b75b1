/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A token for which the model has no row in its embedding is named when the tokenizer is loaded.
 */
class TokensBeyondTheEmbeddingTest {
  @TempDir private Path folder;
  private ChildRun run;
  private int rows;
  private String err = "";

  @BeforeEach
  void addAToken() throws IOException {
    run = ChildRun.dpo(folder);
    rows = json("config.json").path("vocab_size").asInt();
    ObjectNode tokenizer = json("tokenizer.json");
    ((ArrayNode) tokenizer.path("added_tokens"))
        .addObject()
        .put("id", rows)
        .put("content", "<extra>")
        .put("single_word", false)
        .put("lstrip", false)
        .put("rstrip", false)
        .put("normalized", false)
        .put("special", true);
    Files.writeString(run.model.resolve("tokenizer.json"), tokenizer.toString());
  }

  private ObjectNode json(String name) throws IOException {
    return (ObjectNode) JsonMapper.shared().readTree(Files.readString(run.model.resolve(name)));
  }

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    err = console.err();
    return code;
  }

  @Test
  void everyCommandNamesTokenAndSizes() {
    String model = "--model_name_or_path=" + run.model;
    String data = "--dataset_name=" + run.data;
    for (List<String> command :
        List.of(
            List.of(run.into(folder.resolve("out"))),
            List.of("data", "inspect", model, data),
            List.of("logps", model, data),
            List.of("generate", model, "--prompt=a lantern"))) {
      assertThat(execute(command.toArray(String[]::new)))
          .as("%s: %s", command, err)
          .isEqualTo(ExitCode.MODEL.code());
      assertThat(err)
          .contains("\"<extra>\"", "has the id " + rows, "has " + rows + " rows (vocab_size)");
    }
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aTokenForPicturesMayLieBeyondAsLongAsNoTextHoldsIt() throws IOException {
    ObjectNode config = json("tokenizer_config.json").put("image_token", "<extra>");
    Files.writeString(run.model.resolve("tokenizer_config.json"), config.toString());
    assertThat(execute(run.into(folder.resolve("out"), "--max_steps=1"))).as(err).isZero();
    Files.writeString(
        run.data,
        "{\"prompt\": \"a <extra>\", \"chosen\": \" in a window\", \"rejected\": \" x\"}\n");
    assertThat(execute(run.into(folder.resolve("other"), "--max_steps=1")))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(err).contains("\"<extra>\"");
  }
}
