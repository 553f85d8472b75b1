/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextChecksTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"café", "naïve — yes", "don’t “quote”", "中文字", "日本語です", "привет", "€5", "ñandú"})
  void utf8ReadAsWindows1252IsFoundAndTheTextItselfIsNot(String text) {
    String damaged =
        new String(text.getBytes(StandardCharsets.UTF_8), Charset.forName("windows-1252"));
    String latin = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertThat(Mojibake.damage("x " + damaged + " y")).as(damaged).isGreaterThanOrEqualTo(2);
    assertThat(Mojibake.damage("x " + latin + " y")).as(latin).isGreaterThanOrEqualTo(2);
    assertThat(Mojibake.damage("x " + text + " y")).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "„Spaß“",
        "CAFÉ” he said",
        "MANHÃ”",
        "Ångström",
        "Ω≈ç√∫",
        "10 °C – 20 °C",
        "São Tomé",
        "ÀÉÎ",
        "¿Qué? ¡Sí!",
        "🎉👍🏽"
      })
  void accentsQuotesAndSymbolsAreNoDamage(String text) {
    assertThat(Mojibake.damage(text)).isEqualTo(-1);
    assertThat(Mojibake.control(text)).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "It is done. And this one was not really ended by the|OPEN",
        "这是第一句话。但是这一句话没有说完它就这样停在了这|OPEN",
        "It is done. First we walk, then we run, and then, with all our strength,|OPEN",
        "It is done. And this one was ended as it should be.|CLOSED",
        "他说：“这句话说完了。”|CLOSED",
        "All of that is good \uD83D\uDC4D|CLOSED",
        "Paris|NO_SENTENCE",
        "The capital of the country that you asked for is Paris|NO_SENTENCE",
        "It is done. So the sum of the two numbers above is 42|NO_SENTENCE",
        "It is done. Here: 1. one of the many things that we could do today|OPEN",
        "''|NO_SENTENCE"
      })
  void anEndingIsOpenOnlyInTheMiddleOfASentence(String text, UnfinishedAnswers.Ending ending) {
    assertThat(UnfinishedAnswers.of(text)).isEqualTo(ending);
  }

  @Test
  void listsAndCodeAreNoSentences() {
    assertThat(
            UnfinishedAnswers.of("Do this. And then:\n- take the first of all the apples you have"))
        .isEqualTo(UnfinishedAnswers.Ending.NO_SENTENCE);
    assertThat(UnfinishedAnswers.of("Do this.\n2. take the first of all the apples you have there"))
        .isEqualTo(UnfinishedAnswers.Ending.NO_SENTENCE);
    assertThat(UnfinishedAnswers.hasOpenFence("a\n```java\nint x;\n```\nb ```inline``` c"))
        .isFalse();
    assertThat(UnfinishedAnswers.hasOpenFence("as here: ```java\nint x;\n")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "What is the capital of France?|LATIN",
        "Quelle est la capitale de la France ?|LATIN",
        "法国的首都是哪个城市？|CHINESE",
        "フランスの首都はどこですか？|JAPANESE",
        "프랑스의 수도는 어디인가요 알려 주세요?|KOREAN",
        "Какой город является столицей Франции?|CYRILLIC",
        "ما هي عاصمة فرنسا اليوم|ARABIC",
        "फ़्रांस की राजधानी क्या है बताइए|INDIC",
        "用 Python 写一个排序函数，并解释它的时间复杂度。|CHINESE",
        "12 + 30 = 42|UNKNOWN",
        "OK|UNKNOWN"
      })
  void theScriptTellsTheLanguage(String text, Scripts.WrittenLanguage language) {
    assertThat(Scripts.of(text)).isEqualTo(language);
  }

  @Test
  void codeHasNoLanguage() {
    assertThat(
            Scripts.of(
                "请看这段代码，它打印一行字：\n```\nSystem.out.println(hello world again and again);\n```"))
        .isEqualTo(Scripts.WrittenLanguage.CHINESE);
    assertThat(
            Scripts.of(
                "const app = express();\napp.get('/', (req, res) => {\n  res.send(hi);\n});"))
        .isEqualTo(Scripts.WrittenLanguage.UNKNOWN);
  }

  @Test
  void phrasesAreFoundAndTheirLikesAreNot() {
    assertThat(Phrases.boilerplate("Well, as an AI assistant I do not know."))
        .isEqualTo("as an AI assistant");
    assertThat(Phrases.boilerplate("作为一名AI助手，我很乐意")).isNotEmpty();
    assertThat(Phrases.boilerplate("An AI model is a program. As a model it is small.")).isEmpty();
    assertThat(Phrases.refusal("I'm sorry, but I can't help with that.")).isNotEmpty();
    assertThat(Phrases.refusal("I'm sorry to hear that! I can help.")).isEmpty();
    assertThat(Phrases.turnMark("Hi", "Hello.\nUser: and you?")).isEqualTo("User:");
    assertThat(Phrases.turnMark("User: hi", "A talk.\nUser: and you?")).isEmpty();
    assertThat(Phrases.turnMark("Hi", "Assistant: hello")).isEmpty();
    assertThat(Phrases.markup("Hi", "a < b and c > d & e")).isEmpty();
    assertThat(Phrases.markup("Hi", "see `<br>`")).isEmpty();
    assertThat(Phrases.markup("Hi", "a<br>b")).isEqualTo("<br>");
    assertThat(Phrases.markup("Make a web page", "a<br>b")).isEmpty();
  }

  @Test
  void lengthBiasIsWorkedByHand() {
    LengthBias bias = new LengthBias();
    bias.add(200, 100);
    bias.add(400, 100);
    bias.add(100, 100);
    bias.add(0, 100);
    assertThat(bias.pairs()).isEqualTo(3);
    assertThat(bias.share()).isEqualTo(1);
    assertThat(bias.ratio()).isCloseTo(2, within(1e-12));
    // In units of log 2 above log 100: chosen 1, 2, 0; rejected 0, 0, 0. Mean 1/2, variance
    // 5/6 - 1/4 = 7/12; covariance with the verdict 1/4; so 1/4 / (1/2 sqrt(7/12)).
    assertThat(bias.correlation()).isCloseTo(0.5 / Math.sqrt(7.0 / 12), within(1e-9));
    assertThat(bias.isBiased()).as("three pairs prove nothing").isFalse();
  }

  @Test
  void aPileOfLengthsIsFoundOnlyAtTheEnd() {
    LengthPile pile = new LengthPile();
    for (int i = 0; i < 500; i++) {
      pile.add(100 + i % 300);
    }
    assertThat(pile.limit()).isZero();
    for (int i = 0; i < 30; i++) {
      pile.add(512);
    }
    assertThat(pile.limit()).isEqualTo(512);
    pile.add(900);
    assertThat(pile.limit()).isZero();
  }
}
