/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.FinishReason;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.TinyChat;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The generator of the library, on a tiny model with random weights. */
class GeneratorTest {
  private static final String PAGE = "use-from-java.md";

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    TinyChat.load(folder, 3, 1).close();
  }

  private static void page(Path folder) {
    // The page begins here.
    try (Model model = Model.load(folder);
        Generator generator = model.generator()) {
      // As the model's generation_config.json says, with changes.
      AnswerOptions options = generator.defaults().maxNewTokens(40).stop("User:");

      String text = generator.generate("What is the capital of France?", options);

      // Streamed: as an iterator, which can be cancelled from another thread, or to a callback.
      TextStream stream = generator.start(ChatTokenizer.userMessage("Tell me a story."), options);
      for (String piece : stream) {
        System.out.print(piece);
      }
      generator.stream("And another one.", options.temperature(0.8).seed(7), System.out::print);

      // Many at once.
      List<Answer> answers = generator.generateAll(List.of("One?", "Two?", "Three?"), options);

      // Several turns.
      Conversation chat = generator.chat().system("Answer in one sentence.");
      chat.say("Who wrote Faust?", options);
      chat.say("When?", options);

      // JSON of a schema, and the log-probabilities of the made tokens with two alternatives each.
      String schema =
          """
          {"type": "object", "required": ["city"], "additionalProperties": false,
           "properties": {"city": {"enum": ["Paris", "Rome"]}}}
          """;
      Answer json =
          generator
              .start(
                  ChatTokenizer.userMessage("Which city?"),
                  options.maxNewTokens(200).json(schema).logProbs(2))
              .answer();
      System.out.println(json.text() + " " + json.finishReason() + " " + json.logProbs().get(0));
    }
    // The page ends here.
  }

  @Test
  void thePageShowsCodeThatRuns() throws IOException {
    page(folder);
    String source =
        Files.readString(Path.of("src/test/java/dev/dpo4j/api/GeneratorTest.java"))
            .split("// The page begins here.\n")[1]
            .split(" *// The page ends here.")[0];
    assertThat(Files.readString(Path.of("..", "docs", "how-to", PAGE)))
        .contains(source.replaceAll("(?m)^    ", ""));
  }

  @Test
  void aStreamReadAnywhereIsTheWholeAnswer() {
    try (Model model = Model.load(folder);
        Generator generator = model.generator(2)) {
      AnswerOptions options = AnswerOptions.greedy().maxNewTokens(20);
      String whole = generator.generate("a lantern", options);
      StringBuilder heard = new StringBuilder();
      assertThat(generator.stream("a lantern", options, heard::append)).isEqualTo(whole);
      StringBuilder read = new StringBuilder();
      generator.start(ChatTokenizer.userMessage("a lantern"), options).forEach(read::append);
      assertThat(read).hasToString(whole);
      assertThat(heard).hasToString(whole);
      assertThat(generator.generateAll(List.of("a lantern", "the house", "a lantern"), options))
          .extracting(Answer::text)
          .contains(whole)
          .satisfies(texts -> assertThat(texts.get(0)).isEqualTo(texts.get(2)));
    }
  }

  @Test
  void anAnswerCanBeCancelledFromAnotherThreadAndOthersStillMade() {
    try (Model model = Model.load(folder);
        Generator generator = model.generator(1)) {
      AnswerOptions options = AnswerOptions.greedy().maxNewTokens(400);
      TextStream stream = generator.start(ChatTokenizer.userMessage("a lantern"), options);
      stream.iterator().hasNext();
      stream.cancel();
      assertThat(stream.answer().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(generator.generate("the house", options.maxNewTokens(3))).isNotNull();
    }
  }

  @Test
  void aPromptBeyondTheContextIsRefusedWithBothNumbers() {
    try (Model model = Model.load(folder);
        Generator generator = model.generator(1)) {
      assertThatThrownBy(() -> generator.generate("lantern ".repeat(500), AnswerOptions.greedy()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("reads at most 512");
    }
  }

  @Test
  void theModelsOwnSettingsAreTheDefaults() throws IOException {
    Path own = folder.resolve("own");
    TinyChat.load(own, 3, 1).close();
    Files.writeString(
        own.resolve("generation_config.json"),
        "{\"do_sample\": true, \"temperature\": 0.7, \"top_p\": 0.8, \"max_new_tokens\": 9, \"eos_token_id\": 2}");
    try (Model model = Model.load(own);
        Generator generator = model.generator(1)) {
      assertThat(generator.defaults().sampling().temperature()).isEqualTo(0.7);
      assertThat(generator.defaults().sampling().topK()).isEqualTo(50);
      assertThat(generator.defaults().sampling().topP()).isEqualTo(0.8);
      assertThat(generator.defaults().sampling().maxNewTokens()).isEqualTo(9);
    }
  }

  @Test
  void closingEndsWhatIsRunning() {
    Model model = Model.load(folder);
    Generator generator = model.generator(1);
    GenerationTask task =
        generator.submit(
            new int[] {20, 30}, AnswerOptions.greedy().maxNewTokens(500), TokenListener.NONE);
    generator.close();
    model.close();
    assertThat(task.await().finishReason())
        .isIn(FinishReason.CANCELLED, FinishReason.STOP, FinishReason.LENGTH);
    assertThatThrownBy(() -> generator.generate("x")).isInstanceOf(IllegalStateException.class);
  }
}
