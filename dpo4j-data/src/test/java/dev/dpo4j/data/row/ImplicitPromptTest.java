/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImplicitPromptTest {
  /** Columns: chosen, rejected, expected prompt; all with | for a line feed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        // Whole words before the difference: as TRL.
        "`The sky is red`;`The sky is green`;`The sky is`",
        "`||Human: Hi||Assistant: Yes`;`||Human: Hi||Assistant: No`;`||Human: Hi||Assistant:`",
        "`Q: a|A:|one`;`Q: a|A:|two`;`Q: a|A:|`",
        "`well-known`;`well-liked`;`well-`",
        "`天空是蓝色的`;`天空是黑色的`;`天空是`",
        // A difference inside a word: the word stays whole.
        "`The sky is blue`;`The sky is black`;`The sky is`",
        "`I don't`;`I dont`;`I`",
        "`pi is 3.14`;`pi is 3.15`;`pi is`",
        "`blue`;`black`;``",
        "`état 1`;`était 2`;``",
        // The first characters differ.
        "`Yes sir `;`No`;``",
        "` a`;`b`;``",
        // One is a prefix of the other, or both are equal: no answer becomes empty.
        "`The sky is blue`;`The sky is blue and wide`;`The sky is`",
        "`The sky is blue`;`The sky is blueish`;`The sky is`",
        "`It is.`;`It is. Yes.`;`It is`",
        "`same words`;`same words`;`same`",
        "`same`;`same`;``",
        "`x `;`x y`;`x`",
        // Two spaces before the difference: one stays in the prompt.
        "`a  b`;`a  c`;`a `",
      })
  void thePromptOfTwoTextsEndsBeforeAWholeWord(String chosen, String rejected, String prompt) {
    String a = chosen.replace('|', '\n');
    String b = rejected.replace('|', '\n');
    String expected = prompt == null ? "" : prompt.replace('|', '\n');
    assertThat(a.substring(0, ImplicitPrompt.length(a, b))).isEqualTo(expected);
    assertThat(b.substring(0, ImplicitPrompt.length(b, a))).isEqualTo(expected);
  }

  @Test
  void charactersOfSeveralUnitsAreNeverCut() {
    // The same high surrogate, other low ones; a letter with another accent; another skin colour.
    assertThat(ImplicitPrompt.length("ok \uD83D\uDE00", "ok \uD83D\uDE01")).isEqualTo(2);
    assertThat(ImplicitPrompt.length("! e\u0301", "! e\u0300")).isEqualTo(1);
    assertThat(ImplicitPrompt.length("! \uD83D\uDC4D\uD83C\uDFFB", "! \uD83D\uDC4D\uD83C\uDFFF"))
        .isEqualTo(1);
  }

  @Test
  void anAnswerThatWasNeverGivenIsLeftEmpty() {
    String open = "\n\nHuman: Hi\n\nAssistant:";
    assertThat(ImplicitPrompt.length(open, open + " Hello")).isEqualTo(open.length());
  }

  @Test
  void anEmptyTextIsAFault() {
    assertThatThrownBy(() -> ImplicitPrompt.length("", "b"))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("chosen is empty");
  }

  /** For any two texts: both start with the prompt, and neither answer is empty. */
  @Test
  void anyTwoTextsGiveAProperSplit() {
    Random random = new Random(7);
    String alphabet = "ab c.',9_\n天\u0301";
    for (int round = 0; round < 20_000; round++) {
      String chosen = text(random, alphabet);
      String rejected = text(random, alphabet);
      int cut = ImplicitPrompt.length(chosen, rejected);
      assertThat(cut).isBetween(0, Math.min(chosen.length(), rejected.length()) - 1);
      assertThat(chosen.substring(0, cut)).isEqualTo(rejected.substring(0, cut));
      if (!chosen.startsWith(" ", cut)) {
        assertThat(WordBreaks.mayCut(chosen, cut)).isTrue();
      }
    }
  }

  private static String text(Random random, String alphabet) {
    int length = 1 + random.nextInt(8);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void conversationsAreCutBetweenMessages() {
    Message ask = Message.user("Q");
    Message good = Message.assistant("blue");
    Message bad = Message.assistant("black");
    assertThat(ImplicitPrompt.length(List.of(ask, good), List.of(ask, bad))).isEqualTo(1);
    // Equal conversations, and one that goes on longer: the last answer is not the prompt.
    assertThat(ImplicitPrompt.length(List.of(ask, good), List.of(ask, good))).isEqualTo(1);
    assertThat(ImplicitPrompt.length(List.of(ask, good), List.of(ask, good, ask, bad)))
        .isEqualTo(1);
    // An answer that was never given stays empty, and is dropped later.
    assertThat(ImplicitPrompt.length(List.of(ask), List.of(ask, bad))).isEqualTo(1);
    assertThatThrownBy(() -> ImplicitPrompt.length(List.of(good), List.of(bad)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("no message in common");
  }
}
