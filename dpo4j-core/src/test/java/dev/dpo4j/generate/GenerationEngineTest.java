/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import static dev.dpo4j.generate.TinyChat.NEVER;
import static dev.dpo4j.generate.TinyChat.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.generate.constrain.JsonForm;
import dev.dpo4j.generate.constrain.TokenTable;
import dev.dpo4j.generate.speculate.Assistant;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.family.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Answers that are made together, on a tiny model with random weights. */
class GenerationEngineTest {
  @TempDir static Path folder;
  private static LanguageModel model;
  private static CausalLm lm;

  @BeforeAll
  static void load() throws IOException {
    model = TinyChat.load(folder.resolve("tiny"), 3, 1);
    lm = model.compute(ComputeOptions.float32());
  }

  @AfterAll
  static void close() {
    lm.close();
    model.close();
  }

  private static GenerationEngine engine(int places) {
    return new GenerationEngine(lm, model.tokenizer(), places);
  }

  private static SamplingOptions drawn(int tokens, long seed) {
    return new SamplingOptions(tokens, 1, 0, 0.95, 0, 1, seed);
  }

  private static void run(GenerationEngine engine) {
    while (engine.step()) {}
  }

  /** A model whose sequences of more than 16 tokens are rotated otherwise from the first one on. */
  private static LanguageModel phi(String name) throws IOException {
    Map<String, Object> rope =
        Map.of(
            "rope_type",
            "longrope",
            "short_factor",
            List.of(1, 1, 1, 1),
            "long_factor",
            List.of(1, 2, 4, 8));
    Map<String, Object> more =
        Map.of("rope_scaling", rope, "original_max_position_embeddings", 16, "pad_token_id", 0);
    return TinyChat.load(folder.resolve(name), 3, 1, Architecture.PHI3, more);
  }

  /** A greedy answer where each token comes of reading all tokens before it anew. */
  private static List<Integer> readAnew(CausalLm computed, int[] prompt, int count) {
    int[] tokens = prompt;
    for (int i = 0; i < count; i++) {
      try (Decoder decoder = computed.decoder(1)) {
        float[] logits = decoder.add(tokens);
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] =
            IntStream.range(0, logits.length).reduce(0, (a, b) -> logits[b] > logits[a] ? b : a);
        tokens = longer;
      }
    }
    return Arrays.stream(tokens).skip(prompt.length).boxed().toList();
  }

  @Test
  void anAnswerGoesOnWhereAllItsTokensAreRotatedOtherwiseAsIfItWereReadAnew() throws IOException {
    int[][] prompts = {prompt(10, 1), prompt(16, 2), prompt(17, 3), prompt(3, 4), prompt(40, 5)};
    try (LanguageModel phi = phi("phi3");
        CausalLm computed = phi.compute(ComputeOptions.float32());
        GenerationEngine engine = new GenerationEngine(computed, phi.tokenizer(), 3)) {
      List<GenerationTask> tasks =
          Arrays.stream(prompts)
              .map(one -> GenerationRequest.of(one, SamplingOptions.greedy(24), NEVER))
              .map(engine::submit)
              .toList();
      run(engine);
      for (int i = 0; i < prompts.length; i++) {
        Answer answer = tasks.get(i).await();
        assertThat(answer.tokenIds())
            .as("prompt %d", i)
            .isEqualTo(readAnew(computed, prompts[i], 24));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
      }
      assertThat(engine.running()).isZero();
    }
  }

  @Test
  void whatWasReadIsSharedOnlyByPromptsThatAreRotatedAlike() throws IOException {
    int[] first = prompt(200, 1);
    try (LanguageModel phi = phi("phi3-shared");
        CausalLm computed = phi.compute(ComputeOptions.float32());
        GenerationEngine engine = new GenerationEngine(computed, phi.tokenizer(), 2)) {
      for (int[] next :
          List.of(
              Arrays.copyOf(first, 12),
              Arrays.copyOf(first, 16),
              first,
              Arrays.copyOf(first, 14))) {
        // The one before stays as history, and its keys are those of another rotation.
        Answer answer = engine.answer(GenerationRequest.of(next, SamplingOptions.greedy(6), NEVER));
        assertThat(answer.tokenIds()).isEqualTo(readAnew(computed, next, 6));
      }
    }
  }

  @Test
  void guessesStopWhereAllTokensAreRotatedOtherwise() throws IOException {
    int[] prompt = prompt(11, 6);
    try (LanguageModel phi = phi("phi3-guessed");
        CausalLm computed = phi.compute(ComputeOptions.float32());
        CausalLm assistant = phi.compute(ComputeOptions.float32());
        GenerationEngine engine =
            new GenerationEngine(
                computed, phi.tokenizer(), 1, new Assistant(assistant, 4), false)) {
      Answer answer =
          engine.answer(GenerationRequest.of(prompt, SamplingOptions.greedy(20), NEVER));
      assertThat(answer.tokenIds()).isEqualTo(readAnew(computed, prompt, 20));
      assertThat(engine.proven()).isPositive().isEqualTo(engine.guessed());
    }
  }

  @Test
  void aRequestThatIsCancelledWhileItsPromptIsReadLeavesItsPlaceAndTheOthersGoOn() {
    GenerationRequest watched =
        GenerationRequest.of(prompt(5, 1), SamplingOptions.greedy(12), NEVER)
            .withListener(TokenListener.withoutText(id -> {}));
    GenerationRequest next = GenerationRequest.of(prompt(9, 3), SamplingOptions.greedy(8), NEVER);
    List<Integer> alone;
    List<Integer> nextAlone;
    try (GenerationEngine engine = engine(1)) {
      alone = engine.answer(watched).tokenIds();
      nextAlone = engine.answer(next).tokenIds();
    }
    try (GenerationEngine engine = engine(2)) {
      GenerationTask neighbour = engine.submit(watched);
      engine.step();
      GenerationTask leaves =
          engine.submit(GenerationRequest.of(prompt(400, 2), SamplingOptions.greedy(9), NEVER));
      engine.step();
      assertThat(engine.running()).isEqualTo(2);
      leaves.cancel();
      engine.step();
      assertThat(engine.running()).isEqualTo(1);
      assertThat(leaves.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(leaves.await().tokenIds()).isEmpty();
      GenerationTask follows = engine.submit(next);
      run(engine);
      assertThat(neighbour.await().tokenIds()).isEqualTo(alone);
      assertThat(follows.await().tokenIds()).isEqualTo(nextAlone);
    }
  }

  @Test
  void anAnswerIsTheSameAmongOthersAsAlone() {
    List<GenerationRequest> requests =
        IntStream.range(0, 9)
            .mapToObj(
                i ->
                    GenerationRequest.of(
                        prompt(3 + 7 * i, i),
                        i % 2 == 0 ? SamplingOptions.greedy(4 + i) : drawn(12, i),
                        NEVER))
            .toList();
    List<Answer> alone = new ArrayList<>();
    for (GenerationRequest request : requests) {
      try (GenerationEngine engine = engine(1)) {
        alone.add(engine.answer(request));
      }
    }
    for (int places : new int[] {1, 3, 16}) {
      try (GenerationEngine engine = engine(places)) {
        List<GenerationTask> tasks = requests.stream().map(engine::submit).toList();
        run(engine);
        assertThat(tasks.stream().map(GenerationTask::await).toList()).isEqualTo(alone);
        assertThat(engine.generated())
            .isEqualTo(alone.stream().mapToLong(answer -> answer.tokenIds().size()).sum());
        assertThat(engine.waiting() + engine.running()).isZero();
      }
    }
  }

  @Test
  void equalPromptsAreReadOnceAndAnsweredByTheirOwnSeeds() {
    int[] same = prompt(40, 1);
    try (GenerationEngine engine = engine(4);
        GenerationEngine other = engine(1)) {
      List<GenerationTask> tasks =
          IntStream.range(0, 10)
              .mapToObj(i -> engine.submit(GenerationRequest.of(same, drawn(8 + i % 3, i), NEVER)))
              .toList();
      run(engine);
      for (int i = 0; i < 10; i++) {
        assertThat(tasks.get(i).await())
            .isEqualTo(other.answer(GenerationRequest.of(same, drawn(8 + i % 3, i), NEVER)));
      }
    }
  }

  @Test
  void anAnswerThatIsWatchedGoesOnWhileALongPromptIsRead() {
    GenerationRequest longRequest =
        GenerationRequest.of(prompt(420, 5), SamplingOptions.greedy(3), NEVER);
    GenerationRequest shortRequest =
        GenerationRequest.of(prompt(9, 6), SamplingOptions.greedy(40), NEVER);
    List<String> order = new ArrayList<>();
    Answer alone;
    Answer watchedAlone;
    try (GenerationEngine engine = engine(1)) {
      alone = engine.answer(longRequest);
      watchedAlone = engine.answer(shortRequest);
    }
    try (GenerationEngine engine = engine(3)) {
      GenerationTask watched =
          engine.submit(shortRequest.withListener((id, text, logProb) -> order.add("watched")));
      engine.step();
      GenerationTask task =
          engine.submit(longRequest.withListener((id, text, logProb) -> order.add("long")));
      run(engine);
      assertThat(task.await()).isEqualTo(alone);
      assertThat(watched.await()).isEqualTo(watchedAlone);
    }
    // 420 tokens in parts of 128: the others came between them.
    assertThat(order.indexOf("long")).isGreaterThanOrEqualTo(2 + 420 / 128);
    assertThat(order).contains("watched", "long");
  }

  @Test
  void aPromptGoesOnFromAnotherOneThatIsStillBeingRead() {
    int[] first = prompt(300, 5);
    int[] second = Arrays.copyOf(first, 340);
    System.arraycopy(prompt(40, 8), 0, second, 300, 40);
    GenerationRequest other = GenerationRequest.of(second, SamplingOptions.greedy(5), NEVER);
    Answer alone;
    try (GenerationEngine engine = engine(1)) {
      alone = engine.answer(other);
    }
    try (GenerationEngine engine = engine(3)) {
      GenerationRequest watched =
          GenerationRequest.of(prompt(9, 6), SamplingOptions.greedy(40), NEVER);
      engine.submit(watched.withListener((id, text, logProb) -> {}));
      engine.step();
      engine.submit(GenerationRequest.of(first, SamplingOptions.greedy(5), NEVER));
      engine.step();
      GenerationTask task = engine.submit(other);
      run(engine);
      assertThat(task.await()).isEqualTo(alone);
    }
  }

  @Test
  void aConversationGoesOnFromItsHistoryAsIfItWereReadAnew() {
    int[] first = prompt(150, 5);
    SamplingOptions greedy = SamplingOptions.greedy(20);
    try (GenerationEngine engine = engine(2);
        GenerationEngine fresh = engine(1)) {
      Answer answer = engine.answer(GenerationRequest.of(first, greedy, NEVER));
      int[] second =
          IntStream.concat(
                  IntStream.concat(
                      IntStream.of(first), answer.tokenIds().stream().mapToInt(id -> id)),
                  IntStream.of(17, 33, 21))
              .toArray();
      Answer next = engine.answer(GenerationRequest.of(second, greedy, NEVER));
      int[] elsewhere = prompt(9, 8);
      Answer unrelated = engine.answer(GenerationRequest.of(elsewhere, greedy, NEVER));
      assertThat(next).isEqualTo(fresh.answer(GenerationRequest.of(second, greedy, NEVER)));
      assertThat(unrelated).isEqualTo(fresh.answer(GenerationRequest.of(elsewhere, greedy, NEVER)));
    }
  }

  @Test
  void aCancelledAnswerEndsWithWhatItHasAndTheOthersGoOn() {
    try (GenerationEngine engine = engine(2)) {
      AtomicReference<GenerationTask> task = new AtomicReference<>();
      List<Integer> heard = new ArrayList<>();
      task.set(
          engine.submit(
              GenerationRequest.of(prompt(5, 1), SamplingOptions.greedy(50), NEVER)
                  .withListener(
                      (id, text, logProb) -> {
                        if (id >= 0) {
                          heard.add(id);
                        }
                        if (heard.size() == 3) {
                          task.get().cancel();
                        }
                      })));
      GenerationTask other =
          engine.submit(GenerationRequest.of(prompt(6, 2), SamplingOptions.greedy(9), NEVER));
      GenerationTask never =
          engine.submit(GenerationRequest.of(prompt(6, 3), SamplingOptions.greedy(9), NEVER));
      never.cancel();
      run(engine);
      assertThat(task.get().await().finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(task.get().await().tokenIds()).isEqualTo(heard).hasSize(3);
      assertThat(other.await().tokenIds()).hasSize(9);
      assertThat(never.await().tokenIds()).isEmpty();
    }
  }

  @Test
  void aHigherPriorityBeginsFirstAndEqualOnesInTheirOrder() {
    List<Integer> order = new ArrayList<>();
    try (GenerationEngine engine = engine(1)) {
      int[] priorities = {0, 5, 0, 5, 9};
      for (int i = 0; i < priorities.length; i++) {
        int number = i;
        engine.submit(
            GenerationRequest.of(prompt(4, i), SamplingOptions.greedy(1), NEVER)
                .withPriority(priorities[i])
                .withListener(
                    (id, text, logProb) -> {
                      if (id >= 0) {
                        order.add(number);
                      }
                    }));
      }
      run(engine);
    }
    assertThat(order).containsExactly(4, 1, 3, 0, 2);
  }

  @Test
  void aListenerThatThrowsEndsItsOwnAnswerOnly() {
    try (GenerationEngine engine = engine(2)) {
      GenerationTask failing =
          engine.submit(
              GenerationRequest.of(prompt(5, 1), SamplingOptions.greedy(5), NEVER)
                  .withListener(
                      (id, text, logProb) -> {
                        throw new IllegalStateException("the pipe is gone");
                      }));
      GenerationTask other =
          engine.submit(GenerationRequest.of(prompt(6, 2), SamplingOptions.greedy(5), NEVER));
      run(engine);
      assertThatThrownBy(failing::await).hasMessage("the pipe is gone");
      assertThat(other.await().tokenIds()).hasSize(5);
    }
  }

  @Test
  void logitsThatAreNoNumbersFailTheAnswerWithTheReasonAndTheEngineGoesOn() throws IOException {
    try (LanguageModel broken = TinyChat.load(folder.resolve("broken"), 3, 1e20f);
        CausalLm network = broken.compute(ComputeOptions.float32());
        GenerationEngine engine = new GenerationEngine(network, broken.tokenizer(), 2)) {
      for (SamplingOptions options : List.of(SamplingOptions.greedy(4), drawn(4, 1))) {
        GenerationTask task = engine.submit(GenerationRequest.of(new int[] {5, 6}, options, NEVER));
        run(engine);
        assertThatThrownBy(task::await)
            .isInstanceOf(ArithmeticException.class)
            .hasMessageContaining("the highest logit is not a number");
      }
    }
  }

  @Test
  void logProbabilitiesOfMadeTokensAreThoseOfTheWholeTextScoredAtOnce() {
    int[] prompt = prompt(12, 4);
    try (GenerationEngine engine = engine(1)) {
      Answer answer =
          engine.answer(GenerationRequest.of(prompt, drawn(10, 2), NEVER).withLogProbs(3));
      int[] all =
          IntStream.concat(IntStream.of(prompt), answer.tokenIds().stream().mapToInt(id -> id))
              .toArray();
      List<TokenLogProb> scores = PromptScores.of(lm, all, 3);
      assertThat(scores).hasSize(all.length - 1);
      for (int i = 0; i < answer.tokenIds().size(); i++) {
        TokenLogProb made = answer.logProbs().get(i);
        TokenLogProb scored = scores.get(prompt.length - 1 + i);
        assertThat(made.id()).isEqualTo(scored.id()).isEqualTo(answer.tokenIds().get(i));
        // Float32 sums in two orders, over logits of a few nats.
        assertThat(made.logProb()).isCloseTo(scored.logProb(), within(1e-4));
        assertThat(made.top()).hasSize(3);
        assertThat(made.top().get(0).id()).isEqualTo(scored.top().get(0).id());
        assertThat(made.top().get(0).logProb()).isGreaterThanOrEqualTo(made.logProb());
        assertThat(made.top().get(0).logProb()).isGreaterThanOrEqualTo(made.top().get(1).logProb());
      }
    }
  }

  @Test
  void anAnswerInTheFormOfASchemaIsJsonOfThatSchema() {
    String schema =
        """
        {"type": "object", "additionalProperties": false, "required": ["name", "ok"],
         "properties": {"name": {"enum": ["lantern", "window"]}, "ok": {"type": "boolean"}}}
        """;
    JsonForm form = JsonForm.schema(schema, TokenTable.of(model.tokenizer()));
    Set<Integer> stop = Set.copyOf(model.tokenizer().stopIds());
    StopRules stops = new StopRules(stop, List.of());
    try (GenerationEngine engine = engine(3)) {
      List<GenerationTask> tasks =
          IntStream.range(0, 12)
              .mapToObj(
                  i ->
                      engine.submit(
                          GenerationRequest.of(prompt(5, i), drawn(300, i), stops)
                              .withFilter(form.filter(stop))))
              .toList();
      run(engine);
      for (GenerationTask task : tasks) {
        assertThat(task.await().finishReason()).isEqualTo(FinishReason.STOP);
        var json = new JsonMapper().readTree(task.await().text());
        assertThat(json.propertyNames()).containsExactly("name", "ok");
        assertThat(json.get("name").asString()).isIn("lantern", "window");
        assertThat(json.get("ok").isBoolean()).isTrue();
      }
    }
  }

  @Test
  void aStopStringIsFoundAcrossTheBordersOfTokens() {
    try (GenerationEngine engine = engine(1)) {
      int[] prompt = prompt(5, 77);
      Answer whole = engine.answer(GenerationRequest.of(prompt, drawn(40, 5), NEVER));
      String text = whole.text();
      // From the middle of one token into the next but one.
      int from =
          model
                  .tokenizer()
                  .decode(whole.tokenIds().stream().limit(8).mapToInt(i -> i).toArray(), true)
                  .length()
              - 1;
      String stop = text.substring(from, Math.min(text.length(), from + 5));
      StringBuilder streamed = new StringBuilder();
      Answer stopped =
          engine.answer(
              GenerationRequest.of(prompt, drawn(40, 5), new StopRules(Set.of(), List.of(stop)))
                  .withListener((id, piece, logProb) -> streamed.append(piece)));
      assertThat(stopped.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
      assertThat(streamed).hasToString(stopped.text());
      assertThat(stopped.finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void closingEndsWhatIsLeftAsCancelled() {
    GenerationEngine engine = engine(1);
    GenerationTask running =
        engine.submit(GenerationRequest.of(prompt(5, 1), SamplingOptions.greedy(50), NEVER));
    GenerationTask waiting =
        engine.submit(GenerationRequest.of(prompt(5, 2), SamplingOptions.greedy(50), NEVER));
    engine.step();
    engine.close();
    assertThat(running.await().tokenIds()).isNotEmpty();
    assertThat(waiting.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
  }
}
