/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.judge.endpoint.ChatCompletion;
import dev.dpo4j.judge.endpoint.InvalidReplyException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts as models write them. */
class JudgementTest {
  private static Judgement parse(String content) {
    return Judgement.parse(new ChatCompletion(content, "stop"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"reason\": \"r\", \"verdict\": \"A\"} | FIRST",
        "```json\\n{\"verdict\": \"b\", \"reason\": \"r\"}\\n``` | SECOND",
        "Sure! {'reason': 'r', 'verdict': 'Tie',} Hope it helps. | TIE",
        "{reason: \"r\", verdict: \"[[A]]\"} | FIRST",
        "{\"reason\": \"line\\nend and {brace}\", \"verdict\": \"Answer B\"} | SECOND",
        "<think>{\"reason\": \"r\", \"verdict\": \"A\"}</think>{\"reason\": \"r\", \"verdict\": \"B\"} | SECOND",
        "{\"explanation\": \"r\", \"verdict\": \"A\", \"score\": 3} | FIRST",
        "{not json} then {\"reason\": \"r\", \"verdict\": \"A\"} | FIRST",
        "{\"reason\": \"r\", \"verdict\": \"A\"} again {\"reason\": \"r\", \"verdict\": \"A\"} | FIRST",
      })
  void aVerdictIsFoundHoweverItIsDressed(String content, Verdict verdict) {
    assertThat(parse(content.replace("\\n", "\n")).verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A",
        "I choose A because it is better.",
        "{\"verdict\": \"A\"}",
        "{\"verdict\": \"A\", \"reason\": \"\"}",
        "{\"verdict\": \"A\", \"reason\": 7}",
        "{\"verdict\": \"C\", \"reason\": \"r\"}",
        "{\"verdict\": \"A or B\", \"reason\": \"r\"}",
        "{\"verdict\": null, \"reason\": \"r\"}",
        "{\"verdict\": [\"A\"], \"reason\": \"r\"",
        "{\"verdict\": \"A\", \"reason\": \"r\"} {\"verdict\": \"B\", \"reason\": \"r\"}",
        "{\"verdict\": \"A\", \"reason\": \"r\"} {\"verdict\": \"nothing\", \"reason\": \"r\"}",
        "<think>{\"verdict\": \"A\", \"reason\": \"r\"}</think> so I am done",
        "{{{{",
      })
  void whatIsNotOneClearVerdictWithAReasonIsNone(String content) {
    assertThatThrownBy(() -> parse(content)).isInstanceOf(InvalidReplyException.class);
  }

  @Test
  void aReplyThatWasCutOffSaysSo() {
    assertThatThrownBy(
            () -> Judgement.parse(new ChatCompletion("{\"reason\": \"so long", "length")))
        .hasMessageContaining("raise max_tokens");
    assertThat(
            Judgement.parse(
                    new ChatCompletion("{\"reason\": \"r\", \"verdict\": \"A\"} and", "length"))
                .verdict())
        .isEqualTo(Verdict.FIRST);
  }

  @Test
  void aBodyThatIsNoChatCompletionIsInvalid() {
    assertThat(
            ChatCompletion.parse("{\"choices\": [{\"message\": {\"content\": \"x\"}}]}").content())
        .isEqualTo("x");
    for (String body :
        new String[] {
          "",
          "null",
          "[]",
          "{}",
          "{\"choices\": [7]}",
          "{\"choices\": [{\"message\": {}}]}",
          "{\"choices\": [{\"message\": {\"content\": \" \"}}]}",
          "{\"choices\": [{\"message\""
        }) {
      assertThatThrownBy(() -> ChatCompletion.parse(body))
          .as(body)
          .isInstanceOf(InvalidReplyException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{}", "{{}", "{\"a\":"})
  void aReplyOfBracesTakesNoTimeToSpeakOf(String part) {
    String text = part.repeat(4_000_000 / part.length());
    assertThatThrownBy(() -> parse(text)).isInstanceOf(InvalidReplyException.class);
    String nested = "{".repeat(1_000_000) + "}".repeat(1_000_000);
    assertThatThrownBy(() -> parse(nested))
        .isInstanceOf(InvalidReplyException.class)
        .hasMessageContaining("too many braces");
  }
}
