/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.row.TrainingText;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowFormsTest {
  private static final String USER = "{\"role\": \"user\", \"content\": \"Q\"}";
  private static final String GOOD = "{\"role\": \"assistant\", \"content\": \"good\"}";
  private static final String BAD = "{\"role\": \"assistant\", \"content\": \"bad\"}";
  private static final String SYSTEM = "{\"role\": \"system\", \"content\": \"S\"}";

  @SuppressWarnings("unchecked")
  private static Row row(String json) {
    return new Row(
        0,
        new Origin("f.jsonl", 1),
        (Map<String, Object>) Objects.requireNonNull(JsonRows.parse(json)));
  }

  private static List<TrainingText> labelled(String json) {
    return RowForms.labelled(row(json), new PairMaker(RankedOptions.DEFAULT));
  }

  private static ChatPair chat(String json) {
    return (ChatPair) RowForms.pair(row(json));
  }

  private static List<String> roles(List<Message> messages) {
    return messages.stream().map(Message::role).toList();
  }

  @Test
  void plainTextsWithAPromptStayAsTheyAre() {
    TextPair pair =
        (TextPair)
            RowForms.pair(row("{\"prompt\": \"p\", \"chosen\": \" c\", \"rejected\": \" r\"}"));
    assertThat(List.of(pair.prompt(), pair.chosen(), pair.rejected()))
        .containsExactly("p", " c", " r");
    assertThat(pair.info().notes()).isEmpty();
  }

  @Test
  void plainTextsWithoutAPromptAreSplit() {
    TextPair pair =
        (TextPair)
            RowForms.pair(row("{\"prompt\": null, \"chosen\": \"p c\", \"rejected\": \"p r\"}"));
    assertThat(List.of(pair.prompt(), pair.chosen(), pair.rejected()))
        .containsExactly("p", " c", " r");
    assertThat(pair.info().notes()).containsExactly(RowEvent.IMPLICIT_PROMPT);
  }

  @Test
  void conversationsMayNameTheirPromptOrContainIt() {
    ChatPair explicit =
        chat("{\"prompt\": [%s], \"chosen\": [%s], \"rejected\": [%s]}".formatted(USER, GOOD, BAD));
    ChatPair implicit =
        chat("{\"chosen\": [%s, %s], \"rejected\": [%s, %s]}".formatted(USER, GOOD, USER, BAD));
    assertThat(implicit.prompt()).isEqualTo(explicit.prompt());
    assertThat(implicit.chosen()).isEqualTo(explicit.chosen());
    assertThat(implicit.rejected()).isEqualTo(explicit.rejected());
  }

  @Test
  void aStringPromptBesideFullConversationsIsNotSaidTwice() {
    String form = "{\"prompt\": \"Q \", \"chosen\": [%s], \"rejected\": [%s]}";
    ChatPair plain = chat(form.formatted(USER + "," + GOOD, USER + "," + BAD));
    assertThat(roles(plain.prompt())).containsExactly("user");
    assertThat(roles(plain.chosen())).containsExactly("assistant");
    assertThat(plain.info().notes()).containsExactly(RowEvent.MIXED_FORMS);
    ChatPair system =
        chat(form.formatted(SYSTEM + "," + USER + "," + GOOD, SYSTEM + "," + USER + "," + BAD));
    assertThat(roles(system.prompt())).containsExactly("system", "user");
  }

  @Test
  void aStringPromptBesideAnswersBecomesTheUserMessage() {
    ChatPair pair =
        chat("{\"prompt\": \"Q\", \"chosen\": [%s], \"rejected\": [%s]}".formatted(GOOD, BAD));
    assertThat(pair.prompt()).containsExactly(Message.user("Q"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("good"));
  }

  @Test
  void stringAnswersBesideAPromptOfMessagesAreTheAssistants() {
    ChatPair pair =
        chat("{\"prompt\": [%s], \"chosen\": \"good\", \"rejected\": \"bad\"}".formatted(USER));
    assertThat(pair.rejected()).containsExactly(Message.assistant("bad"));
  }

  @Test
  void aStringPromptThatTheConversationsContradictIsAFault() {
    String form = "{\"prompt\": \"other\", \"chosen\": [%s, %s], \"rejected\": [%s, %s]}";
    assertThatThrownBy(() -> chat(form.formatted(USER, GOOD, USER, BAD)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("do not start with it");
  }

  @Test
  void toolsMayBeAListOrAString() {
    String form =
        "{\"prompt\": [%s], \"chosen\": [%s], \"rejected\": [%s], \"tools\": %s, \"chat_template_kwargs\": {\"enable_thinking\": false}}";
    ChatPair list = chat(form.formatted(USER, GOOD, BAD, "[{\"name\": \"f\"}]"));
    ChatPair text = chat(form.formatted(USER, GOOD, BAD, "\"[{\\\"name\\\": \\\"f\\\"}]\""));
    assertThat(list.context()).isEqualTo(text.context());
    assertThat(list.context().templateKwargs()).containsEntry("enable_thinking", false);
    assertThat(chat(form.formatted(USER, GOOD, BAD, "null")).context().tools()).isNull();
    assertThatThrownBy(() -> chat(form.formatted(USER, GOOD, BAD, "\"x\"")))
        .hasMessageContaining("tools is a string that is not JSON");
  }

  @Test
  void numbersOfThePairAreCarriedAndOtherColumnsNamed() {
    PreferencePair pair =
        RowForms.pair(
            row(
                "{\"prompt\": \"p\", \"chosen\": \"c\", \"rejected\": \"r\", \"weight\": 2, \"id\": 7}"));
    assertThat(pair.info().extras()).containsEntry("weight", 2.0);
    assertThat(pair.info().ignored()).containsExactly("id");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{};the column \"chosen\" is missing; found []",
        "{\"chosen\": \"c\"};the column \"rejected\" is missing",
        "{\"conversations\": []};ShareGPT",
        "{\"chosen\": 1, \"rejected\": \"r\"};chosen must be a string or a list of messages but is a number",
        "{\"chosen\": [\"x\"], \"rejected\": [\"y\"]};chosen[0] must be a message",
        "{\"chosen\": [{\"from\": \"gpt\"}], \"rejected\": []};rename \"from\" to \"role\"",
        "{\"chosen\": [{\"role\": \"user\", \"content\": 5}], \"rejected\": []};chosen[0].content must be a string but is a number",
        "{\"prompt\": [], \"chosen\": [], \"rejected\": []};prompt is an empty list",
        "{\"chosen\": [], \"rejected\": []};no message in common",
        "{\"prompt\": \"p\", \"chosen\": \"c\", \"rejected\": \"r\", \"weight\": \"x\"};weight must be a number",
      })
  void aRowOfNoKnownFormSaysWhatWasFound(String json, String message) {
    assertThatThrownBy(() -> RowForms.pair(row(json)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining(message);
  }

  @Test
  void supervisedRowsHaveThreeForms() {
    assertThat(RowForms.supervised(row("{\"text\": \"t\"}")))
        .isInstanceOf(TrainingText.Document.class);
    assertThat(RowForms.supervised(row("{\"messages\": [%s]}".formatted(USER))))
        .isInstanceOf(TrainingText.Conversation.class);
    assertThat(RowForms.supervised(row("{\"prompt\": \"p\", \"completion\": \"c\"}")))
        .isInstanceOf(TrainingText.TextCompletion.class);
    assertThat(
            RowForms.supervised(
                row("{\"prompt\": [%s], \"completion\": [%s]}".formatted(USER, GOOD))))
        .isInstanceOf(TrainingText.ChatCompletion.class);
    assertThatThrownBy(() -> RowForms.supervised(row("{\"prompt\": \"p\"}")))
        .hasMessageContaining("\"completion\" is missing");
    assertThatThrownBy(() -> RowForms.supervised(row("{\"instruction\": \"p\"}")))
        .hasMessageContaining("Alpaca");
  }

  @Test
  void labelledRowsNeedALabelAndPairsGiveTwo() {
    assertThatThrownBy(() -> labelled("{\"prompt\": \"p\", \"completion\": \"c\"}"))
        .hasMessageContaining("\"label\" is missing");
    assertThatThrownBy(
            () -> labelled("{\"prompt\": \"p\", \"completion\": \"c\", \"label\": \"yes\"}"))
        .hasMessageContaining("label must be true or false but is a string");
    List<TrainingText> two =
        labelled("{\"prompt\": \"p\", \"chosen\": \"c\", \"rejected\": \"r\"}");
    assertThat(two)
        .extracting(text -> ((TrainingText.TextCompletion) text).label())
        .containsExactly(true, false);
  }

  @ParameterizedTest
  @CsvSource({"answers", "responses"})
  void twoAnswersThatNobodyJudgedComeInTheirOrder(String name) {
    TextPair texts =
        (TextPair)
            RowForms.unjudged(
                row("{\"prompt\": \"p\", \"%s\": [\" a\", \" b\"], \"id\": 7}".formatted(name)));
    assertThat(List.of(texts.prompt(), texts.chosen(), texts.rejected()))
        .containsExactly("p", " a", " b");
    assertThat(texts.info().ignored()).containsExactly("id");
    ChatPair chat =
        (ChatPair)
            RowForms.unjudged(
                row("{\"prompt\": [%s], \"%s\": [[%s], \"b\"]}".formatted(USER, name, GOOD)));
    assertThat(chat.chosen()).containsExactly(Message.assistant("good"));
    assertThat(chat.rejected()).containsExactly(Message.assistant("b"));
  }

  @Test
  void aPreferenceRowIsARowOfTwoAnswers() {
    Row row = row("{\"prompt\": \"p\", \"chosen\": \" c\", \"rejected\": \" r\"}");
    assertThat(RowForms.unjudged(row)).isEqualTo(RowForms.pair(row));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"prompt\": \"p\"}                                  | \"answers\" is missing; found [prompt]",
        "{\"prompt\": \"p\", \"answers\": [\"a\"]}              | a list of two answers but is a list of 1",
        "{\"prompt\": \"p\", \"answers\": [\"a\", \"b\", \"c\"]}  | a list of two answers but is a list of 3",
        "{\"prompt\": \"p\", \"answers\": \"a\"}                | a list of two answers but is a string",
        "{\"prompt\": \"p\", \"answers\": [\"a\", 1]}           | rejected must be a string",
        "{\"prompt\": \"p\", \"answers\": [\"a\", \"b\"], \"chosen\": \"c\"} | answers in more than one place",
      })
  void anythingButTwoAnswersIsAFault(String json, String message) {
    assertThatThrownBy(() -> RowForms.unjudged(row(json)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining(message);
  }
}
