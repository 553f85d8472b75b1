/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.template.ChatTemplate;
import dev.dpo4j.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Real templates and dialogues, rendered by jinja2 in the setting of transformers. */
class ChatTemplateParityTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** The day on which the expected texts were written; some templates print the date. */
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);

  @TestFactory
  Stream<DynamicTest> everyTemplateRendersEveryDialogueAsJinjaDoes() throws IOException {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    Path folder = Path.of(shared, "golden", "chat-templates");
    JsonNode expected = JSON.readTree(Files.readString(folder.resolve("expected.json")));
    assertThat(expected.get("cases").size()).isEqualTo(112);
    return StreamSupport.stream(expected.get("cases").spliterator(), false)
        .map(
            test ->
                DynamicTest.dynamicTest(
                    test.get("template").asString() + " / " + test.get("dialogue").asString(),
                    () -> check(folder, expected, test)));
  }

  private static void check(Path folder, JsonNode expected, JsonNode test) throws IOException {
    String source = Files.readString(folder.resolve(test.get("template").asString() + ".jinja"));
    Map<String, Object> variables = new HashMap<>();
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", false);
    variables.putAll(values(expected.get("special_tokens")));
    variables.putAll(values(expected.get("dialogues").get(test.get("dialogue").asString())));
    if (test.has("text")) {
      String text = ChatTemplate.compile(source, CLOCK).render(variables).text();
      assertThat(text).isEqualTo(test.get("text").asString());
    } else {
      assertThatThrownBy(() -> ChatTemplate.compile(source, CLOCK).render(variables))
          .isInstanceOf(TemplateException.class)
          .hasMessageContaining("line ");
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> values(JsonNode object) {
    return JSON.convertValue(object, Map.class);
  }
}
