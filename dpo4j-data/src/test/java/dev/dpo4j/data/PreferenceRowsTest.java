/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TokenizerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreferenceRowsTest {
  private final Path folder;
  private final HfTokenizer tokenizer;

  PreferenceRowsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.tokenizer = TinyModel.load(folder);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  private PreferenceDataset tokenize(PreferenceRows data, TokenizeOptions options) {
    return data.tokenize(tokenizer.chat(), options);
  }

  private PreferenceDataset tokenize(
      @Nullable Integer maxLength, String prompt, String good, String bad) {
    return tokenize(
        PreferenceRows.ofTexts(List.of(prompt), List.of(good), List.of(bad)),
        TokenizeOptions.ofMaxLength(maxLength));
  }

  private String text(int[] ids) {
    return tokenizer.decode(ids, false);
  }

  @Test
  void plainAnswersEndWithEosOnce() {
    TokenizedPair pair = tokenize(null, "the sky", " is blue", " is red<|im_end|>").pairs().get(0);
    assertThat(text(pair.promptIds())).isEqualTo("the sky");
    assertThat(text(pair.chosenIds())).isEqualTo(" is blue<|im_end|>");
    assertThat(text(pair.rejectedIds())).isEqualTo(" is red<|im_end|>");
  }

  @Test
  void conversationsAreRenderedAndSplitAtTheOpenAnswer() {
    PreferenceRows data =
        PreferenceRows.ofConversations(
            List.of(List.of(Message.system("S"), Message.user("Q"))),
            List.of(List.of(Message.assistant("yes"))),
            List.of(List.of(Message.assistant("no"))));
    TokenizedPair pair = tokenize(data, TokenizeOptions.ofMaxLength(null)).pairs().get(0);
    assertThat(text(pair.promptIds()))
        .isEqualTo(
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n");
    assertThat(text(pair.chosenIds())).isEqualTo("yes<|im_end|>\n");
    assertThat(text(pair.rejectedIds())).isEqualTo("no<|im_end|>\n");
  }

  @Test
  void whereTokensMergeAcrossTheBoundaryTheEndOfThePromptIsLeftOut() {
    // "bl" + "ue" is one token in the whole, so that the prompt ends before it.
    PreferenceDataset dataset = tokenize(null, "the sky is bl", "ue", "ack");
    TokenizedPair pair = dataset.pairs().get(0);
    assertThat(dataset.report().rows(RowEvent.BOUNDARY_MISMATCH)).containsExactly(0);
    assertThat(text(pair.promptIds())).isEqualTo("the sky is");
    assertThat(text(pair.chosenIds())).isEqualTo(" blue<|im_end|>");
    assertThat(text(pair.rejectedIds())).isEqualTo(" black<|im_end|>");
  }

  @Test
  void longAnswersLoseTheirEndAndLongPromptsTheirRow() {
    int prompt = tokenizer.encode("hello there", true).length;
    PreferenceRows data =
        PreferenceRows.ofTexts(
            List.of("hello there", "hello there and hello there"),
            List.of(" the sky is blue", " a"),
            List.of(" b", " c"));
    PreferenceDataset dataset = tokenize(data, TokenizeOptions.ofMaxLength(prompt + 2));
    assertThat(dataset.size()).isEqualTo(1);
    TokenizedPair pair = dataset.pairs().get(0);
    assertThat(pair.chosenIds()).hasSize(2);
    DataReport report = dataset.report();
    assertThat(report.read()).isEqualTo(2);
    assertThat(report.dropped()).isEqualTo(1);
    assertThat(report.rows(RowEvent.PROMPT_TOO_LONG)).containsExactly(1);
    assertThat(report.rows(RowEvent.CHOSEN_CUT)).containsExactly(0);
    assertThat(report.rows(RowEvent.EOS_LOST)).containsExactly(0);
    assertThat(report.tokens()).isEqualTo(pair.tokens());
    assertThat(report.toTable())
        .contains("2 rows read, 1 kept, 1 dropped")
        .contains("prompt reaches max_length (" + (prompt + 2) + ")")
        .contains("row 1");
    assertThat(report.toJson()).contains("\"prompt_too_long\":{").contains("\"rows\":[1]");
  }

  @Test
  void answersThatSayNothingAreDroppedAndCounted() {
    PreferenceRows data =
        PreferenceRows.ofRows(
            List.of(
                Map.of("prompt", "a", "chosen", "b", "rejected", ""),
                Map.of(
                    "prompt",
                    List.of(Message.user("a").fields()),
                    "chosen",
                    List.of(Message.assistant("").fields()),
                    "rejected",
                    List.of(Message.assistant("x").fields())),
                Map.of("prompt", "a", "chosen", "b", "rejected", "c")));
    PreferenceDataset dataset = tokenize(data, TokenizeOptions.ofMaxLength(null));
    assertThat(dataset.report().rows(RowEvent.EMPTY_ANSWER)).containsExactly(0, 1);
    assertThat(dataset.pairs()).extracting(TokenizedPair::row).containsExactly(2);
  }

  @Test
  void equalAnswersAreTrainedUnlessToldOtherwise() {
    PreferenceRows data =
        PreferenceRows.ofTexts(List.of("a", "a"), List.of(" same", " x"), List.of(" same", " y"));
    PreferenceDataset kept = tokenize(data, TokenizeOptions.ofMaxLength(null));
    assertThat(kept.size()).isEqualTo(2);
    assertThat(kept.report().rows(RowEvent.IDENTICAL)).containsExactly(0);
    PreferenceDataset dropped =
        tokenize(data, new TokenizeOptions(LengthLimits.ofMaxLength(null), true));
    assertThat(dropped.pairs()).extracting(TokenizedPair::row).containsExactly(1);
    assertThat(dropped.report().rows(RowEvent.IDENTICAL_DROPPED)).containsExactly(0);
  }

  @Test
  void answersThatDifferBehindTheCutOnlyAreNoted() {
    PreferenceDataset dataset = tokenize(3, "a", " the sky is blue and", " the sky is blue too");
    assertThat(dataset.report().rows(RowEvent.IDENTICAL_AFTER_CUT)).containsExactly(0);
  }

  @Test
  void anAnswerWhoseOnlyTokenStartsTheSequenceIsDropped() {
    PreferenceRows data = PreferenceRows.ofTexts(List.of(""), List.of("x"), List.of("y"));
    assertThatThrownBy(() -> tokenize(data, TokenizeOptions.ofMaxLength(1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no row is left to train on")
        .hasMessageContaining("no answer token to score");
    assertThat(tokenize(data, TokenizeOptions.ofMaxLength(2)).report().rows(RowEvent.EMPTY_PROMPT))
        .containsExactly(0);
  }

  @Test
  void noRowsAtAllIsAnError() throws IOException {
    Path file = Files.writeString(folder.resolve("empty.jsonl"), "\n");
    assertThatThrownBy(() -> tokenize(PreferenceRows.read(file), TokenizeOptions.ofMaxLength(null)))
        .hasMessageContaining("empty.jsonl has no rows");
  }

  @Test
  void aRowThatTheTemplateRefusesIsAFaultOfThatRow() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a", "chosen": "b", "rejected": "c"}
            {"prompt": [{"role": "bad", "content": "x"}], "chosen": "b", "rejected": "c"}
            """);
    Path model = Files.createDirectory(folder.resolve("strict"));
    String strict =
        "{% if messages[0].role != 'user' %}{{ raise_exception('first must be user') }}{% endif %}x";
    try (HfTokenizer other = TinyModel.load(model, strict)) {
      PreferenceRows data = PreferenceRows.read(file);
      assertThatThrownBy(() -> data.tokenize(other.chat(), TokenizeOptions.ofMaxLength(null)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("pairs.jsonl, line 2")
          .hasMessageContaining("first must be user");
    }
  }

  @Test
  void conversationsNeedAChatTemplate() throws IOException {
    Path model = Files.createDirectory(folder.resolve("base"));
    TinyModel.load(model).close();
    Path config = model.resolve("tokenizer_config.json");
    Files.writeString(config, Files.readString(config).replace("\"chat_template\"", "\"other\""));
    PreferenceRows data =
        PreferenceRows.ofConversations(
            List.of(List.of(Message.user("Q"))),
            List.of(List.of(Message.assistant("a"))),
            List.of(List.of(Message.assistant("b"))));
    try (HfTokenizer base = HfTokenizer.load(model)) {
      assertThatThrownBy(() -> data.tokenize(base.chat(), TokenizeOptions.ofMaxLength(null)))
          .isInstanceOf(TokenizerException.class)
          .hasMessageContaining("has no chat template")
          .hasMessageContaining("chat_template.jinja");
    }
  }

  @Test
  void manyRowsKeepTheirOrderAndAllFaultsTheirRow() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      rows.add(Map.of("prompt", "a", "chosen", " " + i, "rejected", " x"));
    }
    PreferenceDataset dataset =
        tokenize(PreferenceRows.ofRows(rows), TokenizeOptions.ofMaxLength(null));
    for (int i = 0; i < 400; i++) {
      TokenizedPair pair = dataset.pairs().get(i);
      assertThat(pair.row()).isEqualTo(i);
      assertThat(tokenizer.decode(pair.chosenIds(), true)).isEqualTo(" " + i);
    }
    Object reserved = Map.of("messages", 1L);
    for (int i : new int[] {5, 300}) {
      rows.set(
          i,
          Map.of(
              "prompt",
              List.of(Message.user("q").fields()),
              "chosen",
              "a",
              "rejected",
              "b",
              "chat_template_kwargs",
              reserved));
    }
    rows.set(200, Map.of());
    assertThatThrownBy(
            () -> tokenize(PreferenceRows.ofRows(rows), TokenizeOptions.ofMaxLength(null)))
        .hasMessageContaining("3 rows cannot be used")
        .hasMessageContaining("memory, row 6: the conversation cannot be rendered")
        .hasMessageContaining("memory, row 201: the column \"chosen\" is missing")
        .hasMessageContaining("memory, row 301");
  }

  @Test
  void listsOfDifferentLengthAreRefused() {
    assertThatThrownBy(() -> PreferenceRows.ofTexts(List.of("a"), List.of(), List.of("b")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1, 0 and 1");
  }

  @Test
  void theInspectorShowsRowsAsTheModelGetsThem() {
    PreferenceRows data =
        PreferenceRows.ofTexts(
            List.of("the sky", "b"), List.of(" is blue", ""), List.of(" is red", "x"));
    DataInspector.Inspection inspection =
        DataInspector.inspect(
            data, tokenizer.chat(), TokenizeOptions.ofMaxLength(100), row -> true);
    InspectedRow first = (InspectedRow) inspection.rows().get(0);
    assertThat(first.kept()).isTrue();
    assertThat(first.chosenText()).isEqualTo("the sky is blue<|im_end|>");
    assertThat(((InspectedRow) inspection.rows().get(1)).kept()).isFalse();
    assertThat(inspection.toText()).contains("row 1 (memory, row 2): dropped; empty answer");
    int[] mask = new int[first.promptIds().length + first.chosenIds().length];
    Arrays.fill(mask, first.promptIds().length, mask.length, 1);
    assertThat(inspection.toJson())
        .contains("\"chosen_mask\":" + Arrays.toString(mask).replace(" ", ""))
        .contains("\"lengths\":{\"prompt\":{\"count\":1");
  }

  private PreferenceDataset tokenizeLong(LengthLimits limits) {
    PreferenceRows data =
        PreferenceRows.ofRows(
            List.of(
                Map.of(
                    "prompt", "the sky over the house is",
                    "chosen", " blue as ever and blue again",
                    "rejected", " green")));
    return tokenize(data, new TokenizeOptions(limits, false));
  }

  @Test
  void aPromptKeepsItsEndAndAnAnswerItsStartEachByItsOwnLimit() {
    TokenizedPair whole = tokenizeLong(new LengthLimits(null, null, null, false)).pairs().get(0);
    PreferenceDataset cut = tokenizeLong(new LengthLimits(null, 2, 3, false));
    TokenizedPair pair = cut.pairs().get(0);
    int prompt = whole.promptIds().length;
    assertThat(pair.promptIds())
        .isEqualTo(Arrays.copyOfRange(whole.promptIds(), prompt - 2, prompt));
    assertThat(pair.chosenIds()).isEqualTo(Arrays.copyOf(whole.chosenIds(), 3));
    assertThat(cut.report().rows(RowEvent.PROMPT_CUT)).containsExactly(0);
    assertThat(cut.report().rows(RowEvent.CHOSEN_CUT)).containsExactly(0);
    assertThat(cut.report().rows(RowEvent.EOS_LOST)).containsExactly(0);
  }

  @Test
  void withKeepEndEachAnswerHasAsMuchOfThePromptAsThereIsRoom() {
    TokenizedPair whole = tokenizeLong(new LengthLimits(null, null, null, false)).pairs().get(0);
    int longest = whole.promptIds().length + whole.chosenIds().length;
    PreferenceDataset cut = tokenizeLong(new LengthLimits(longest - 2, null, null, true));
    TokenizedPair pair = cut.pairs().get(0);
    assertThat(pair.chosenIds()).isEqualTo(whole.chosenIds());
    assertThat(pair.promptIds()).hasSize(whole.promptIds().length - 2);
    assertThat(pair.rejectedPromptIds()).hasSizeGreaterThan(pair.promptIds().length);
    assertThat(pair.tokens())
        .isEqualTo(longest - 2 + pair.rejectedPromptIds().length + pair.rejectedIds().length);
    assertThat(cut.report().rows(RowEvent.PROMPT_CUT)).containsExactly(0);
    assertThat(cut.report().rows(RowEvent.EOS_LOST)).isEmpty();
  }

  @Test
  void aStopIsSeenWhileRowsAreTokenised() {
    List<String> many = Collections.nCopies(1000, "text");
    List<Integer> told = new ArrayList<>();
    PreferenceRows data = PreferenceRows.ofTexts(many, many, many);
    assertThatThrownBy(
            () ->
                data.tokenize(
                    tokenizer.chat(),
                    TokenizeOptions.ofMaxLength(null),
                    rows -> {
                      told.add(rows);
                      return rows >= 200;
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(told).startsWith(0).isSorted().hasSizeLessThan(5);
  }
}
