/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.data.form.PromptRow.Response;
import dev.dpo4j.data.row.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptDataTest {
  @TempDir Path folder;

  private List<PromptRow> read(String name, String content) throws IOException {
    return PromptData.read(Files.writeString(folder.resolve(name), content));
  }

  @Test
  void aTextFileHoldsOnePromptALine() throws IOException {
    List<PromptRow> rows = read("p.txt", "\uFEFFWhat is it?\n\n{\"not\": \"json\"}\n灯笼\n");
    assertThat(rows)
        .extracting(row -> row.prompt().plain())
        .containsExactly("What is it?", "{\"not\": \"json\"}", "灯笼");
    assertThat(rows.get(1).origin().line()).isEqualTo(3);
    assertThat(rows).extracting(PromptRow::row).containsExactly(0, 1, 2);
  }

  @Test
  void linesMayBeJsonStrings() throws IOException {
    assertThat(read("p.jsonl", "\"two\\nlines\"\n\"b\"\n"))
        .extracting(row -> row.prompt().plain())
        .containsExactly("two\nlines", "b");
    assertThatThrownBy(() -> read("q.jsonl", "\"a\"\n7\n\"\"\n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("q.jsonl, line 2: must be a JSON string")
        .hasMessageContaining("a number")
        .hasMessageContaining("q.jsonl, line 3");
  }

  @Test
  void rowsOfEveryFormHaveAPrompt() throws IOException {
    List<PromptRow> rows =
        read(
            "p.jsonl",
            """
            {"prompt": "text"}
            {"prompt": [{"role": "user", "content": "chat"}], "tools": [{"type": "function"}]}
            {"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}
            {"chosen": "Q: who? A: me", "rejected": "Q: who? A: you"}
            {"prompt": [{"role": "user", "content": "c"}],
             "chosen": [{"role": "assistant", "content": "x"}],
             "rejected": [{"role": "assistant", "content": "y"}]}
            {"prompt": "p", "responses": ["r", "s"]}
            """
                .replace(",\n ", ", "));
    assertThat(rows)
        .extracting(row -> row.prompt().plain())
        .containsExactly("text", "chat", "u", "Q: who? A:", "c", "p");
    assertThat(rows)
        .extracting(row -> row.responses().stream().map(Response::text).toList())
        .containsExactly(
            List.of(),
            List.of(),
            List.of("a"),
            List.of(" me", " you"),
            List.of("x", "y"),
            List.of("r", "s"));
    assertThat(rows.get(1).prompt().columns()).containsKeys("prompt", "tools");
  }

  @Test
  void aConversationOfSeveralTurnsIsATranscriptForAReader() throws IOException {
    List<PromptRow> rows =
        read(
            "p.jsonl",
            "{\"prompt\": [{\"role\": \"system\", \"content\": \"s\"},"
                + " {\"role\": \"user\", \"content\": \"u\"}]}");
    assertThat(rows.get(0).prompt().plain()).isEqualTo("[system]\ns\n\n[user]\nu");
  }

  @Test
  void rowsWithoutAPromptAreNamedTogether() {
    assertThatThrownBy(
            () ->
                read(
                    "p.jsonl",
                    "{\"text\": \"a\"}\n{\"prompt\": \"\"}\n{\"prompt\": \"a\","
                        + " \"responses\": 7}\n{\"messages\": [{\"role\": \"assistant\","
                        + " \"content\": \"a\"}]}\n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("4 rows cannot be used")
        .hasMessageContaining("line 1: the column \"messages\" is missing")
        .hasMessageContaining("line 2: prompt is empty")
        .hasMessageContaining("line 3: responses must be a list")
        .hasMessageContaining("line 4: messages has no message before the answer");
    assertThatThrownBy(() -> read("empty.txt", "\n \n"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no prompts");
  }
}
