/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TemplateCommandTest {
  /** The day on which the cases were recorded. */
  private static final String DAY = "22 Nov 2026";

  private static final JsonMapper JSON = new JsonMapper();
  private final Path folder;
  private CapturedConsole console = new CapturedConsole();

  TemplateCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private int run(String template, String input) throws IOException {
    Path templateFile = Files.writeString(folder.resolve("t.jinja"), template);
    Path inputFile = Files.writeString(folder.resolve("case.json"), input);
    return run(templateFile, inputFile);
  }

  private int run(Path template, Path input) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption())
        .execute("template", "--template", template.toString(), "--input", input.toString());
  }

  @Test
  void theTextIsPrintedExactly() throws IOException {
    assertThat(
            run(
                "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"
                    + "{{ add_generation_prompt }}{{ tools is none }}{{ 1.5 }}",
                "{\"messages\": [{\"role\": \"user\", \"content\": \" \u4e2d\\n\"}],"
                    + "\"special_tokens\": {\"bos_token\": \"<s>\"}}"))
        .isZero();
    assertThat(console.out()).isEqualTo("<s> \u4e2d\nFalseTrue1.5");
    assertThat(console.err()).isEmpty();
  }

  @Test
  void aTemplateThatRaisesEndsWithItsMessageAndCodeOne() throws IOException {
    assertThat(run("a\n{{ raise_exception('no system') }}", "{\"messages\": []}")).isEqualTo(1);
    assertThat(console.out()).isEmpty();
    assertThat(console.err()).contains("t.jinja", "line 2", "no system");
  }

  @Test
  void anInputThatIsNoObjectIsNamedWithItsLine() throws IOException {
    assertThat(run("x", "{\"messages\": [],\n oops}")).isEqualTo(1);
    assertThat(console.err()).contains("case.json:2");
    assertThat(run("x", "{}")).isEqualTo(1);
    assertThat(console.err()).contains("messages is missing");
  }

  @Test
  void missingArgumentsAreWrongUsage() {
    console = new CapturedConsole();
    assertThat(new Cli(console.console(), new Interruption()).execute("template")).isEqualTo(2);
    assertThat(console.err()).contains("--template", "--input");
    assertThat(run(folder.resolve("none.jinja"), folder.resolve("none.json"))).isEqualTo(1);
    assertThat(console.err()).contains("no such file");
  }

  /** Some templates print the date, and the command takes that of the system. */
  private static String today() {
    return LocalDate.now().format(DateTimeFormatter.ofPattern("dd MMM yyyy", Locale.ROOT));
  }

  @Test
  void everyRecordedCaseIsEqualToTheByte() throws IOException {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    Path golden = Path.of(shared, "golden", "chat-templates");
    JsonNode expected = JSON.readTree(Files.readString(golden.resolve("expected.json")));
    for (JsonNode recorded : expected.get("cases")) {
      ObjectNode input =
          (ObjectNode)
              expected.get("dialogues").get(recorded.get("dialogue").asString()).deepCopy();
      input.setAll((ObjectNode) expected.get("special_tokens"));
      Path file = Files.writeString(folder.resolve("case.json"), input.toString());
      String template = recorded.get("template").asString() + ".jinja";
      int code = run(golden.resolve(template), file);
      if (recorded.has("text")) {
        assertThat(code).as("%s", recorded).isZero();
        assertThat(console.out()).isEqualTo(recorded.get("text").asString().replace(DAY, today()));
      } else {
        assertThat(code).as("%s", recorded).isEqualTo(1);
        assertThat(console.out()).isEmpty();
      }
    }
  }
}
