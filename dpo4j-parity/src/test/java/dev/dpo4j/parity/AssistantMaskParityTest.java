/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.ChatContext;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.token.ExampleTokenizer;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.ReportBuilder;
import dev.dpo4j.data.token.SupervisedOptions;
import dev.dpo4j.data.token.TokenizedExample;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.TextChanges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the assistant says in templates without marks, against the marks in the variants of the same
 * templates that TRL trains with.
 */
final class AssistantMaskParityTest {
  private static final Message SYSTEM = Message.system("You are brief.");
  private static final Message QUESTION = Message.user("What is 2 + 2?");
  private static final Message ANSWER = Message.assistant("It is 4.");
  private static final Message SECOND = Message.user("Sure?\n");
  private static final Message REPLY = Message.assistant("  Yes, quite.\nIt is.");

  private static TokenizedExample tokenize(String template, List<Message> messages)
      throws IOException {
    Path folder = Shared.path("golden/models/qwen2-tied");
    String source = Files.readString(Shared.path("golden/chat-templates/" + template + ".jinja"));
    // Llama 3's template begins with it.
    TextChanges changes =
        new TextChanges(source, null, "<|endoftext|>", List.of(), TextChanges.Growth.NONE);
    RowInfo info = new RowInfo(0, new Origin("rows", 1), Set.of(), Map.of(), Set.of(), Map.of());
    try (HfTokenizer tokenizer = HfTokenizer.load(folder, changes)) {
      SupervisedOptions options = new SupervisedOptions(LengthLimits.ofMaxLength(null), null, true);
      return Objects.requireNonNull(
          new ExampleTokenizer(tokenizer.chat(), options, new ReportBuilder())
              .tokenize(new TrainingText.Conversation(info, messages, ChatContext.NONE), false));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2_5", "qwen3", "llama3"})
  void oneAnswerIsMarkedAsInTrl(String template) throws IOException {
    for (List<Message> messages :
        List.of(List.of(QUESTION, ANSWER), List.of(SYSTEM, QUESTION, REPLY))) {
      TokenizedExample found = tokenize(template, messages);
      TokenizedExample expected = tokenize(template + "_training", messages);
      assertThat(found.completionIds()).isEqualTo(expected.completionIds());
      assertThat(found.scored()).isEqualTo(expected.scored());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2_5", "llama3"})
  void severalAnswersAreMarkedAsInTrl(String template) throws IOException {
    List<Message> messages = List.of(SYSTEM, QUESTION, ANSWER, SECOND, REPLY);
    TokenizedExample found = tokenize(template, messages);
    TokenizedExample expected = tokenize(template + "_training", messages);
    assertThat(found.completionIds()).isEqualTo(expected.completionIds());
    assertThat(found.scored()).isEqualTo(expected.scored());
  }

  /** Qwen3 leaves out the thoughts of answers that others follow, TRL's variant keeps them. */
  @ParameterizedTest
  @ValueSource(strings = {"qwen3"})
  void earlierAnswersThatAreWrittenOtherwiseAreFoundToo(String template) throws IOException {
    List<Message> messages = List.of(SYSTEM, QUESTION, ANSWER, SECOND, REPLY);
    List<String> said = said(tokenize(template, messages));
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).isEqualTo("It is 4.<|im_end|>\n");
    assertThat(said.get(1)).endsWith("Yes, quite.\nIt is.<|im_end|>\n").startsWith("<think>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen3", "llama3", "gemma3", "phi3", "llama3_2"})
  void otherTemplatesGiveWholeAnswersAndNothingElse(String template) throws IOException {
    List<String> said = said(tokenize(template, List.of(QUESTION, ANSWER, SECOND, REPLY)));
    assertThat(said).hasSize(2);
    assertThat(said.get(0)).contains("It is 4.").doesNotContain("2 + 2", "Sure", "user");
    assertThat(said.get(1)).contains("Yes, quite.").doesNotContain("Sure", "user");
  }

  /** The texts of the stretches that are learnt. */
  private static List<String> said(TokenizedExample example) {
    List<String> stretches = new ArrayList<>();
    try (HfTokenizer tokenizer = HfTokenizer.load(Shared.path("golden/models/qwen2-tied"))) {
      List<Integer> ids = new ArrayList<>();
      for (int i = 0; i <= example.scored().length; i++) {
        if (i < example.scored().length && example.scored()[i]) {
          ids.add(example.completionIds()[i]);
        } else if (!ids.isEmpty()) {
          int[] stretch = ids.stream().mapToInt(Integer::intValue).toArray();
          stretches.add(tokenizer.decode(stretch, false));
          ids.clear();
        }
      }
    }
    return stretches;
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen3"})
  void aRowInWhichTheAssistantSaysNothingIsRefused(String template) {
    assertThatThrownBy(() -> tokenize(template, List.of(QUESTION, SECOND)))
        .isInstanceOf(RowFault.class)
        .hasMessageContaining("says nothing");
  }
}
