/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.token.ExampleDataset;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRowsTest {
  private static final Object ASK = Message.user("Q").fields();
  private static final Object ANSWER = Message.assistant("the sky").fields();

  private final Path folder;
  private final HfTokenizer tokenizer;

  TrainingRowsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.tokenizer = TinyModel.load(folder);
  }

  @AfterEach
  void closeTokenizer() {
    tokenizer.close();
  }

  /** The text of the tokens that are learnt, a bar between runs. */
  private String learnt(TokenizedExample example) {
    StringBuilder text = new StringBuilder();
    List<Integer> run = new ArrayList<>();
    int[] ids = example.sequence();
    for (int i = 0; i <= ids.length; i++) {
      if (i < ids.length && example.scored()[i]) {
        run.add(ids[i]);
      } else if (!run.isEmpty()) {
        text.append(text.isEmpty() ? "" : "|");
        text.append(tokenizer.decode(run.stream().mapToInt(Integer::intValue).toArray(), false));
        run.clear();
      }
    }
    return text.toString();
  }

  private ExampleDataset supervised(Map<String, Object> row, SupervisedOptions options) {
    return TrainingRows.ofRows(List.of(row)).tokenizeSupervised(tokenizer.chat(), options);
  }

  @Test
  void onlyTheCompletionOfAPromptIsLearntByDefault() {
    Map<String, Object> row = Map.of("prompt", List.of(ASK), "completion", List.of(ANSWER));
    SupervisedOptions defaults = SupervisedOptions.ofMaxLength(null);
    assertThat(learnt(supervised(row, defaults).examples().get(0)))
        .isEqualTo("the sky<|im_end|>\n");
    assertThat(
            learnt(
                supervised(row, new SupervisedOptions(LengthLimits.ofMaxLength(null), false, false))
                    .examples()
                    .get(0)))
        .startsWith("<|im_start|>user");
  }

  @Test
  void wholeTextsAndConversationsAreLearntWhole() {
    SupervisedOptions defaults = SupervisedOptions.ofMaxLength(null);
    assertThat(learnt(supervised(Map.of("text", "the sky"), defaults).examples().get(0)))
        .isEqualTo("the sky<|im_end|>");
    assertThat(
            learnt(
                supervised(Map.of("messages", List.of(ASK, ANSWER)), defaults).examples().get(0)))
        .isEqualTo("<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nthe sky<|im_end|>\n");
  }

  @Test
  void onlyWhatTheAssistantSaysIsLearntIfAsked() {
    Object emoji = Message.assistant("ok \uD83D\uDE00").fields();
    Map<String, Object> row = Map.of("messages", List.of(ASK, ANSWER, ASK, emoji));
    SupervisedOptions options = new SupervisedOptions(LengthLimits.ofMaxLength(null), null, true);
    assertThat(learnt(supervised(row, options).examples().get(0)))
        .isEqualTo("the sky<|im_end|>|ok \uD83D\uDE00<|im_end|>");
  }

  @Test
  void aTemplateWithoutMarksCannotTellTheAssistant() throws IOException {
    Path model = Files.createDirectory(folder.resolve("plain"));
    TrainingRows data = TrainingRows.ofRows(List.of(Map.of("messages", List.of(ASK, ANSWER))));
    try (HfTokenizer plain = TinyModel.load(model, "{{ messages[0].content }}")) {
      assertThatThrownBy(
              () ->
                  data.tokenizeSupervised(
                      plain.chat(),
                      new SupervisedOptions(LengthLimits.ofMaxLength(null), null, true)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("memory, row 1")
          .hasMessageContaining("{% generation %}");
    }
  }

  @Test
  void longSequencesAreCutAndRowsWithNothingLeftAreDropped() {
    TrainingRows data =
        TrainingRows.ofRows(
            List.of(
                Map.of("prompt", "hello there and hello there", "completion", " a"),
                Map.of("prompt", "the sky", "completion", " is blue and blue and blue")));
    ExampleDataset dataset =
        data.tokenizeSupervised(tokenizer.chat(), SupervisedOptions.ofMaxLength(8));
    assertThat(dataset.examples()).extracting(TokenizedExample::row).containsExactly(1);
    assertThat(dataset.examples().get(0).sequence()).hasSize(8);
    assertThat(dataset.report().rows(RowEvent.PROMPT_TOO_LONG)).containsExactly(0);
    assertThat(dataset.report().rows(RowEvent.EOS_LOST)).containsExactly(1);
  }

  @Test
  void pairsAreUnpairedChosenFirst() {
    TrainingRows data =
        TrainingRows.ofRows(
            List.of(
                Map.of("prompt", "a", "chosen", " b", "rejected", " c"),
                Map.of("prompt", "d", "chosen", " e", "rejected", " f")));
    ExampleDataset dataset = data.tokenizeLabelled(tokenizer.chat(), LengthLimits.ofMaxLength(100));
    assertThat(dataset.examples())
        .extracting(TokenizedExample::label)
        .containsExactly(true, true, false, false);
    assertThat(dataset.examples())
        .extracting(example -> tokenizer.decode(example.completionIds(), true))
        .containsExactly(" b", " e", " c", " f");
  }

  @Test
  void labelledRowsKeepTheirOrderAndTheirLabel() {
    TrainingRows data =
        TrainingRows.ofRows(
            List.of(
                Map.of("prompt", "a", "completion", " b", "label", false),
                Map.of("prompt", "a", "completion", "", "label", true),
                Map.of("prompt", "a", "completion", " c", "label", true)));
    ExampleDataset dataset = data.tokenizeLabelled(tokenizer.chat(), LengthLimits.ofMaxLength(100));
    assertThat(dataset.examples()).extracting(TokenizedExample::label).containsExactly(false, true);
    assertThat(dataset.report().rows(RowEvent.EMPTY_ANSWER)).containsExactly(1);
  }
}
