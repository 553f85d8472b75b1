/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RankedPairs;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.token.PairTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of other tools' forms become those that TRL knows; each expectation is written by hand. */
class RowShapeTest {
  private static Row row(RowFormat format, String json) {
    @SuppressWarnings("unchecked")
    Map<String, Object> columns =
        (Map<String, Object>) Objects.requireNonNull(JsonRows.parse(json.replace('\'', '"')));
    return RowShape.of(format).apply(new Row(0, new Origin("f.jsonl", 1), columns));
  }

  private static Row row(String json) {
    return row(RowFormat.AUTO, json);
  }

  private static ChatPair pair(String json) {
    return (ChatPair) RowForms.pair(row(json));
  }

  private static TrainingText.ChatCompletion completion(String json) {
    return (TrainingText.ChatCompletion) RowForms.supervised(row(json));
  }

  private static TrainingText labelled(String json) {
    return RowForms.labelled(row(json), new PairMaker(RankedOptions.DEFAULT)).get(0);
  }

  @Test
  void alpacaJoinsInstructionAndInputByALineEnd() {
    TrainingText.ChatCompletion two =
        completion("{'instruction': 'Translate.', 'input': 'sky', 'output': 'ciel'}");
    assertThat(two.prompt()).containsExactly(Message.user("Translate.\nsky"));
    assertThat(two.completion()).containsExactly(Message.assistant("ciel"));
    assertThat(two.info().ignored()).isEmpty();
    assertThat(completion("{'instruction': 'Hi', 'input': '', 'output': 'Yes?'}").prompt())
        .containsExactly(Message.user("Hi"));
  }

  @Test
  void alpacaHistoryAndSystemComeBeforeTheInstruction() {
    TrainingText.ChatCompletion row =
        completion(
            "{'instruction': 'c', 'output': 'd', 'system': 's', 'history': [['a', 'b']], 'id': 7}");
    assertThat(row.prompt())
        .containsExactly(
            Message.system("s"), Message.user("a"), Message.assistant("b"), Message.user("c"));
    assertThat(row.info().ignored()).containsExactly("id");
  }

  @Test
  void alpacaPairsAndLabelsAreRead() {
    ChatPair pair = pair("{'instruction': 'a', 'input': 'b', 'chosen': 'c', 'rejected': 'd'}");
    assertThat(pair.prompt()).containsExactly(Message.user("a\nb"));
    assertThat(pair.rejected()).containsExactly(Message.assistant("d"));
    TrainingText.ChatCompletion bad =
        (TrainingText.ChatCompletion)
            labelled("{'instruction': 'a', 'output': 'b', 'kto_tag': false}");
    assertThat(bad.label()).isFalse();
    assertThat(bad.completion()).containsExactly(Message.assistant("b"));
  }

  @Test
  void shareGptPairsKeepTheConversationAsPrompt() {
    ChatPair pair =
        pair(
            "{'conversations': [{'from': 'system', 'value': 's'}, {'from': 'human', 'value': 'q'}],"
                + " 'chosen': {'from': 'gpt', 'value': 'good'},"
                + " 'rejected': {'from': 'gpt', 'value': 'bad'}}");
    assertThat(pair.prompt()).containsExactly(Message.system("s"), Message.user("q"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("good"));
    assertThat(pair.rejected()).containsExactly(Message.assistant("bad"));
  }

  @Test
  void theSystemColumnGivesWayToASystemMessage() {
    String form = "{'system': 'column', 'conversations': [%s{'from': 'human', 'value': 'q'}]}";
    TrainingText.Conversation column =
        (TrainingText.Conversation) RowForms.supervised(row(form.formatted("")));
    assertThat(column.messages().get(0)).isEqualTo(Message.system("column"));
    TrainingText.Conversation own =
        (TrainingText.Conversation)
            RowForms.supervised(row(form.formatted("{'from': 'system', 'value': 'own'},")));
    assertThat(own.messages()).containsExactly(Message.system("own"), Message.user("q"));
  }

  @Test
  void callsOfToolsBecomeToolCallsAndObservationsTheirResults() {
    String json =
        "{\"conversations\": [{\"from\": \"human\", \"value\": \"Weather?\"},"
            + " {\"from\": \"function_call\", \"value\": \"<think>Ask.</think>\\n{\\\"name\\\": \\\"w\\\", \\\"arguments\\\": {\\\"b\\\": 1, \\\"a\\\": 2}}\"},"
            + " {\"from\": \"observation\", \"value\": \"{}\"}, {\"from\": \"gpt\", \"value\": \"Fine.\"}],"
            + " \"tools\": \"[{\\\"name\\\": \\\"w\\\", \\\"parameters\\\": {}}]\"}";
    TrainingText.Conversation talk = (TrainingText.Conversation) RowForms.supervised(row(json));
    assertThat(talk.messages())
        .extracting(Message::role)
        .containsExactly("user", "assistant", "tool", "assistant");
    assertThat(talk.messages().get(1).fields().toString())
        .isEqualTo(
            "{role=assistant, content=<think>Ask.</think>, tool_calls=[{type=function,"
                + " function={name=w, arguments={b=1, a=2}}}]}");
    assertThat(String.valueOf(talk.context().tools()))
        .isEqualTo("[{type=function, function={name=w, parameters={}}}]");
  }

  @Test
  void messagesWithALabelAreSplitBeforeTheLast() {
    TrainingText.ChatCompletion row =
        (TrainingText.ChatCompletion)
            labelled(
                "{'messages': [{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'a'}],"
                    + " 'label': true}");
    assertThat(row.prompt()).containsExactly(Message.user("q"));
    assertThat(row.completion()).containsExactly(Message.assistant("a"));
    assertThat(row.label()).isTrue();
    assertThatThrownBy(
            () -> labelled("{'messages': [{'role': 'user', 'content': 'q'}], 'label': true}"))
        .hasMessageContaining("messages must end with the answer");
  }

  @Test
  void aStringPromptBesideACompletionThatRepeatsItIsNotSaidTwice() {
    TrainingText.ChatCompletion row =
        (TrainingText.ChatCompletion)
            labelled(
                "{'prompt': 'q', 'label': false, 'completion': [{'role': 'user', 'content': 'q'},"
                    + " {'role': 'assistant', 'content': 'a'}]}");
    assertThat(row.prompt()).containsExactly(Message.user("q"));
    assertThat(row.completion()).containsExactly(Message.assistant("a"));
  }

  @Test
  void transcriptsAreCutIntoTurnsAndTheirCommonTurnsAreThePrompt() {
    ChatPair pair =
        transcript(
            "{'chosen': '\\n\\nHuman: Hi\\n\\nAssistant: Yes?\\n\\nHuman: Sky?\\n\\nAssistant: Blue.\\n\\nAlways.',"
                + " 'rejected': '\\n\\nHuman: Hi\\n\\nAssistant: Yes?\\n\\nHuman: Sky?\\n\\nAssistant: No.'}");
    assertThat(pair.prompt())
        .containsExactly(Message.user("Hi"), Message.assistant("Yes?"), Message.user("Sky?"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("Blue.\n\nAlways."));
    assertThat(pair.rejected()).containsExactly(Message.assistant("No."));
    assertThat(pair.info().notes())
        .containsExactlyInAnyOrder(RowEvent.TRANSCRIPT, RowEvent.IMPLICIT_PROMPT);
  }

  @Test
  void aTranscriptMayEndBeforeTheAnswersOrInAnEmptyOne() {
    ChatPair open =
        transcript(
            "{'prompt': '\\n\\nHuman: Sky?\\n\\nAssistant:', 'chosen': ' Blue.', 'rejected': ' No.'}");
    assertThat(open.prompt()).containsExactly(Message.user("Sky?"));
    assertThat(open.chosen()).containsExactly(Message.assistant("Blue."));
    ChatPair empty =
        transcript(
            "{'chosen': '\\n\\nHuman: Sky?\\n\\nAssistant: Blue.', 'rejected': '\\n\\nHuman: Sky?\\n\\nAssistant: '}");
    assertThat(empty.hasEmptyAnswer()).isTrue();
  }

  @Test
  void aTranscriptStaysTextUnlessTheFormIsNamed() {
    Row row =
        row(
            RowFormat.AUTO,
            "{'chosen': '\\n\\nHuman: Sky?\\n\\nAssistant: Blue.', 'rejected': '\\n\\nHuman: Sky?\\n\\nAssistant: No.'}");
    assertThat(RowForms.pair(row)).isInstanceOf(TextPair.class);
  }

  private static ChatPair transcript(String json) {
    return (ChatPair) RowForms.pair(row(RowFormat.HH, json));
  }

  @Test
  void trlsOwnRowsAndUltrafeedbackAreLeftAsTheyAre() {
    PreferencePair text = RowForms.pair(row("{'prompt': 'p', 'chosen': ' c', 'rejected': ' r'}"));
    assertThat(text).isInstanceOf(TextPair.class);
    ChatPair mixed =
        pair(
            "{'prompt': 'q', 'messages': [], 'score_chosen': 8, 'score_rejected': 6.5,"
                + " 'chosen': [{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'a'}],"
                + " 'rejected': [{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'b'}]}");
    assertThat(mixed.prompt()).containsExactly(Message.user("q"));
    assertThat(mixed.info().scores()).isEqualTo(Map.of("score_chosen", 8.0, "score_rejected", 6.5));
    assertThat(mixed.info().scoreMargin()).isEqualTo(1.5);
    assertThat(mixed.info().ignored()).containsExactly("messages");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "ALPACA;{'output': 'a'};the column \"instruction\" (what the user says) is missing",
        "ALPACA;{'instruction': 'a', 'output': 5};output must be a string but is a number",
        "ALPACA;{'instruction': 'a', 'output': 'b', 'history': [['x']]};history must be a list of rounds",
        "ALPACA;{'instruction': 'a', 'output': 'b', 'kto_tag': 1};kto_tag must be true or false but is a number",
        "SHAREGPT;{'messages': []};the column \"conversations\" (the messages) is missing",
        "SHAREGPT;{'conversations': [{'from': 'narrator', 'value': 'x'}]};conversations[0].from must be one of",
        "SHAREGPT;{'conversations': [{'from': 'function_call', 'value': 'x'}]};conversations[0] calls a tool, but its content is not JSON",
        "SHAREGPT;{'conversations': [{'from': 'human', 'value': 'x'}], 'chosen': {'from': 'human', 'value': 'x'}, 'rejected': 'b'};chosen must end with a message of the assistant",
        "HH;{'chosen': 'x', 'rejected': 'y'};chosen must be a transcript that begins with \"Human:\"",
        "RANKED;{'prompt': 'a'};a list of answers is missing",
        "RANKED;{'prompt': 'a', 'responses': ['b'], 'scores': [1, 2]};scores has 2 values for the 1 answers",
        "AUTO;{'prompt': 'a', 'responses': ['b', 'c']};responses has neither scores nor ranks",
        "AUTO;{'prompt': 'a', 'responses': [{'x': 1}], 'scores': [1]};responses[0] has no text",
      })
  void aRowWithoutTheFormSaysWhatWasFound(RowFormat format, String json, String message) {
    assertThatThrownBy(() -> RowForms.pair(row(format, json)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining(message);
  }

  private static List<String> pairs(RankedOptions options, Row row) {
    return new PairMaker(options)
        .pairs(row).stream()
            .map(
                pair -> {
                  TextPair text = (TextPair) pair;
                  boolean dropped = PairTokenizer.isDropped(text.info().notes());
                  return text.chosen() + ">" + text.rejected() + (dropped ? "!" : "");
                })
            .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "BEST_VS_WORST, b>c",
    "BEST_VS_REST, b>a b>d! b>c",
    "ADJACENT, b>d! d>a a>c",
    "ALL, b>d! b>a b>c d>a d>c a>c",
  })
  void scoredAnswersGiveThePairsOfTheRule(RankedPairs rule, String expected) {
    Row row =
        row("{'prompt': 'p', 'responses': ['a', 'b', 'c', 'd'], 'scores': [3, 9.5, -1, '9.5']}");
    assertThat(pairs(new RankedOptions(rule, null), row))
        .containsExactlyInAnyOrder(expected.split(" "));
  }

  @Test
  void ranksCountFromTheBestAndOrderIsARankWhereTheFormSaysSo() {
    RankedOptions rule = new RankedOptions(RankedPairs.ADJACENT, null);
    assertThat(pairs(rule, row("{'prompt': 'p', 'answers': ['x', 'y', 'z'], 'rank': [2, 3, 1]}")))
        .containsExactly("z>x", "x>y");
    assertThat(pairs(rule, row(RowFormat.RANKED, "{'prompt': 'p', 'responses': ['x', 'y', 'z']}")))
        .containsExactly("x>y", "y>z");
  }

  @Test
  void ratedCompletionsOfAnInstructionAreConversations() {
    Row row =
        row(
            "{'instruction': 'q', 'completions': [{'response': 'a', 'overall_score': 4},"
                + " {'response': 'b', 'overall_score': 7.5}, {'response': 'c', 'overall_score': 'N/A'}]}");
    PairMaker maker = new PairMaker(RankedOptions.DEFAULT);
    ChatPair pair = (ChatPair) maker.pairs(row).get(0);
    assertThat(pair.prompt()).containsExactly(Message.user("q"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("b"));
    assertThat(pair.info().scores()).isEqualTo(Map.of("score_chosen", 7.5, "score_rejected", 4.0));
    assertThat(pair.info().notes())
        .containsExactlyInAnyOrder(
            RowEvent.FROM_RANKED_LIST, RowEvent.UNSCORED_ANSWERS, RowEvent.MIXED_FORMS);
    TrainingText.ChatCompletion best = (TrainingText.ChatCompletion) RowForms.supervised(row);
    assertThat(best.completion()).containsExactly(Message.assistant("b"));
  }

  @Test
  void scoresThatAreTooCloseLeaveThePairOutAndAreCounted() {
    RankedOptions options = new RankedOptions(null, 2.0);
    PairMaker maker = new PairMaker(options);
    Row close =
        row(
            "{'prompt': 'p', 'chosen': ' c', 'rejected': ' r', 'score_chosen': 5, 'score_rejected': 4}");
    assertThat(maker.pairs(close).get(0).info().notes()).contains(RowEvent.SCORES_TOO_CLOSE);
    Row apart =
        row(
            "{'prompt': 'p', 'chosen': ' c', 'rejected': ' r', 'score_chosen': 6, 'score_rejected': 4}");
    assertThat(maker.pairs(apart).get(0).info().notes()).isEmpty();
    maker.requireEffect("f.jsonl");
  }

  @Test
  void aRowWithFewerThanTwoScoresIsDroppedAndCounted() {
    Row row = row("{'prompt': 'p', 'responses': ['a', 'b'], 'scores': [1, null]}");
    PairMaker maker = new PairMaker(RankedOptions.DEFAULT);
    assertThat(maker.pairs(row)).isEmpty();
    assertThat(maker.leftOut(row).notes())
        .contains(RowEvent.TOO_FEW_SCORES, RowEvent.UNSCORED_ANSWERS);
    List<Map<String, Object>> rows =
        List.of(
            Map.of("prompt", "p", "responses", List.of("a", "b"), "scores", Arrays.asList(1, null)),
            Map.of("prompt", "p", "chosen", " c", "rejected", " r"));
    List<PreferencePair> handed = new ArrayList<>();
    List<RowInfo> leftOut = new ArrayList<>();
    PreferenceRows.ofRows(rows).forEach(handed::add, leftOut::add);
    assertThat(handed).hasSize(1);
    assertThat(leftOut).singleElement().returns(0, RowInfo::row);
  }

  @Test
  void optionsForRankedAnswersThatDecideNothingAreRefused() {
    PairMaker maker = new PairMaker(new RankedOptions(RankedPairs.ALL, 1.0));
    maker.pairs(row("{'prompt': 'p', 'chosen': ' c', 'rejected': ' r'}"));
    assertThatThrownBy(() -> maker.requireEffect("f.jsonl"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("ranked_pairs has no effect: no row of f.jsonl is a list of answers")
        .hasMessageContaining("min_score_margin has no effect: no row of f.jsonl has scores");
  }
}
