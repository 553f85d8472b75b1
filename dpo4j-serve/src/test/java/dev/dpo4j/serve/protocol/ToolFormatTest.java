/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.serve.protocol.ToolFormat.Call;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls of tools as families of models write them. */
class ToolFormatTest {
  private static final Call PARIS = new Call("weather", "{\"city\":\"Paris\"}");

  @Test
  void taggedCallsAreReadWithTheTextBeforeThem() {
    ToolFormat.Parsed parsed =
        ToolFormat.TAGGED.parse(
            "Let me look.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>");
    assertThat(parsed.content()).isEqualTo("Let me look.");
    assertThat(parsed.calls()).containsExactly(PARIS, new Call("time", "{}"));
  }

  @Test
  void anAnswerOfNothingButObjectsCallsWithoutATag() {
    String call = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}";
    String pretty =
        "{\n  \"name\": \"weather\",\n  \"arguments\": {\n    \"city\": \"Paris\"\n  }\n}";
    assertThat(ToolFormat.TAGGED.parse(call)).isEqualTo(new ToolFormat.Parsed("", List.of(PARIS)));
    assertThat(ToolFormat.TAGGED.parse(call + "\n" + pretty).calls()).containsExactly(PARIS, PARIS);
    assertThat(ToolFormat.TAGGED.parse("```json\n" + pretty + "\n```").calls())
        .containsExactly(PARIS);
    assertThat(ToolFormat.TAGGED.parse("```\n" + call + "\n" + call + "\n```\n").calls())
        .containsExactly(PARIS, PARIS);
    for (String text :
        List.of(
            "Say " + call,
            call + "\n{\"name\"",
            "```json\n" + call,
            "```python\n" + call + "```")) {
      assertThat(ToolFormat.TAGGED.parse(text)).isEqualTo(new ToolFormat.Parsed(text, List.of()));
    }
  }

  @Test
  void behindTextThatWasToldOnlyATagCalls() {
    String call = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}";
    assertThat(ToolFormat.TAGGED.parse(call, false).calls()).isEmpty();
    assertThat(ToolFormat.TAGGED.parse("<tool_call>" + call + "</tool_call>", false).calls())
        .containsExactly(PARIS);
  }

  @Test
  void mistralWritesAListOrANameWithItsArguments() {
    String list = "[{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}]";
    assertThat(ToolFormat.MISTRAL.parse(list).calls()).containsExactly(PARIS);
    assertThat(ToolFormat.MISTRAL.parse("[TOOL_CALLS] " + list).calls()).containsExactly(PARIS);
    assertThat(ToolFormat.MISTRAL.parse("[TOOL_CALLS]weather{\"city\": \"Paris\"}").calls())
        .containsExactly(PARIS);
  }

  @Test
  void llamaWritesAnObjectAndNothingElse() {
    String call = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\"}}";
    assertThat(ToolFormat.LLAMA.parse(call).calls()).containsExactly(PARIS);
    assertThat(ToolFormat.LLAMA.parse("<|python_tag|>" + call + "; " + call).calls())
        .containsExactly(PARIS, PARIS);
  }

  @Test
  void whatCannotBeReadStaysText() {
    for (ToolFormat format : ToolFormat.values()) {
      for (String text :
          List.of(
              "It is warm.",
              "<tool_call>{\"name\": \"weather\"</tool_call>",
              "[TOOL_CALLS] [{\"name\": 3}]",
              "{\"name\": \"weather\"}",
              "{\"a\": 1}",
              "[]",
              "")) {
        assertThat(format.parse(text)).isEqualTo(new ToolFormat.Parsed(text, List.of()));
      }
    }
  }

  @Test
  void textIsHeldBackOnlyWhileItCanBecomeACall() {
    assertThat(ToolFormat.TAGGED.certain("Let me look <tool", true))
        .isEqualTo("Let me look ".length());
    assertThat(ToolFormat.TAGGED.certain("a < b", true)).isEqualTo(5);
    assertThat(ToolFormat.TAGGED.certain("Hm <tool_call>{", true)).isEqualTo(3);
    assertThat(ToolFormat.TAGGED.certain("{ \"na", true)).isZero();
    assertThat(ToolFormat.TAGGED.certain("```json\n{\"name\": \"w", true)).isZero();
    assertThat(ToolFormat.TAGGED.certain("```python\n", true)).isEqualTo(10);
    assertThat(ToolFormat.TAGGED.certain("{\"age\": 3", true)).isEqualTo(9);
    assertThat(ToolFormat.TAGGED.certain("{\"name\": ", false)).as("behind text").isEqualTo(9);
    assertThat(ToolFormat.LLAMA.certain("{\"na", true)).isZero();
    assertThat(ToolFormat.LLAMA.certain("Hello", true)).isEqualTo(5);
    assertThat(ToolFormat.RAW.certain("<tool_call>", true)).isEqualTo(11);
  }

  /** Streams an answer in pieces and reads what was held back, as the server does. */
  private static ToolFormat.Parsed streamed(ToolFormat format, String answer, int piece) {
    StringBuilder told = new StringBuilder();
    StringBuilder held = new StringBuilder();
    for (int at = 0; at < answer.length(); at += piece) {
      held.append(answer, at, Math.min(answer.length(), at + piece));
      int certain = format.certain(held.toString(), told.toString().isBlank());
      told.append(held, 0, certain);
      held.delete(0, certain);
    }
    ToolFormat.Parsed rest = format.parse(held.toString(), told.toString().isBlank());
    return new ToolFormat.Parsed((told + rest.content()).strip(), rest.calls());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          TAGGED  ~ <tool_call>{"name": "weather", "arguments": {"city": "Paris"}}</tool_call> ~ true
          MISTRAL ~ [TOOL_CALLS] [{"name": "weather", "arguments": {"city": "Paris"}}]         ~ true
          MISTRAL ~ [TOOL_CALLS]weather{"city": "Paris"}                                       ~ true
          LLAMA   ~ <|python_tag|>{"name": "weather", "parameters": {"city": "Paris"}}         ~ true
          TAGGED  ~ {"name": "weather", "arguments": {"city": "Paris"}}                        ~ false
          MISTRAL ~ [{"name": "weather", "arguments": {"city": "Paris"}}]                      ~ false
          LLAMA   ~ {"name": "weather", "parameters": {"city": "Paris"}}                       ~ false
          """)
  void aStreamedAnswerCallsWhatTheWholeOneCallsHoweverItIsCut(
      ToolFormat format, String call, boolean behindText) {
    for (String before : List.of("", "Let me look at [1] and {2}: ")) {
      String answer = before + call;
      boolean calls = before.isEmpty() || behindText;
      ToolFormat.Parsed expected =
          calls
              ? new ToolFormat.Parsed(before.strip(), List.of(PARIS))
              : new ToolFormat.Parsed(answer, List.of());
      assertThat(format.parse(answer)).isEqualTo(expected);
      for (int piece = 1; piece <= answer.length(); piece++) {
        assertThat(streamed(format, answer, piece))
            .as("in pieces of %d", piece)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void theFormatIsThatOfTheTemplate() {
    assertThat(ToolFormat.of("{{ tools }} <tool_call>")).isEqualTo(ToolFormat.TAGGED);
    assertThat(ToolFormat.of("[AVAILABLE_TOOLS] [TOOL_CALLS]")).isEqualTo(ToolFormat.MISTRAL);
    assertThat(ToolFormat.of("Environment: ipython \"parameters\": ")).isEqualTo(ToolFormat.LLAMA);
    assertThat(ToolFormat.of("{{ messages }}")).isEqualTo(ToolFormat.RAW);
  }
}
