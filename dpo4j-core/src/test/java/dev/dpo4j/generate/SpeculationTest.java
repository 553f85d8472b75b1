/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import static dev.dpo4j.generate.TinyChat.NEVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.generate.speculate.Assistant;
import dev.dpo4j.generate.speculate.Guesser;
import dev.dpo4j.generate.speculate.PromptLookup;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.tensor.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers with guessed tokens against answers that are made token by token. */
class SpeculationTest {
  @TempDir static Path folder;
  private static LanguageModel model;
  private static CausalLm lm;
  private static LanguageModel otherModel;
  private static CausalLm other;

  @BeforeAll
  static void load() throws IOException {
    model = TinyChat.load(folder.resolve("tiny"), 3, 1);
    lm = model.compute(ComputeOptions.float32());
    otherModel = TinyChat.load(folder.resolve("other"), 4, 1);
    other = otherModel.compute(ComputeOptions.float32());
  }

  @AfterAll
  static void close() {
    other.close();
    otherModel.close();
    lm.close();
    model.close();
  }

  private static GenerationEngine engine(int places, Guesser guesser) {
    return new GenerationEngine(lm, model.tokenizer(), places, guesser, false);
  }

  /** A prompt that repeats itself, so that there is something to look up. */
  private static int[] prompt(int length, long seed) {
    int[] once = TinyChat.prompt(length, seed);
    return IntStream.range(0, 3 * length).map(i -> once[i % length]).toArray();
  }

  private static List<GenerationRequest> requests(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              SamplingOptions greedy = SamplingOptions.greedy(1 + 5 * i);
              SamplingOptions drawn = new SamplingOptions(24, 0.3, 3, 1, 0, 1.1, i);
              return GenerationRequest.of(prompt(3 + i, i), i % 2 == 0 ? greedy : drawn, NEVER);
            })
        .toList();
  }

  private static List<Answer> answers(GenerationEngine engine, List<GenerationRequest> requests) {
    List<GenerationTask> tasks = requests.stream().map(engine::submit).toList();
    while (engine.step()) {}
    return tasks.stream().map(GenerationTask::await).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16})
  void answersWithLookedUpTokensAreThoseWithout(int places) {
    List<GenerationRequest> requests = requests(10);
    try (GenerationEngine plain = new GenerationEngine(lm, model.tokenizer(), 1);
        GenerationEngine guessing = engine(places, new PromptLookup(6))) {
      List<Answer> expected = answers(plain, requests);
      assertThat(answers(guessing, requests)).isEqualTo(expected);
      assertThat(guessing.generated())
          .isEqualTo(expected.stream().mapToLong(answer -> answer.tokenIds().size()).sum());
      assertThat(guessing.guessed()).isPositive();
      assertThat(guessing.proven()).isBetween(0L, guessing.guessed());
    }
  }

  @Test
  void answersThatAnotherModelGuessesAreThoseWithout() {
    List<GenerationRequest> requests = requests(6);
    try (GenerationEngine plain = new GenerationEngine(lm, model.tokenizer(), 1);
        GenerationEngine wrong = engine(1, new Assistant(other, 4));
        GenerationEngine right = engine(1, new Assistant(lm, 4))) {
      List<Answer> expected = answers(plain, requests);
      assertThat(answers(wrong, requests)).isEqualTo(expected);
      assertThat(answers(right, requests)).isEqualTo(expected);
      // The model itself guesses all greedy tokens and some of the drawn ones.
      assertThat(right.proven()).isGreaterThan(right.guessed() / 4);
      assertThat(wrong.proven()).isLessThan(right.proven());
    }
  }

  @Test
  void anAnswerEndsWhereItWouldHaveEndedAmongGuessedTokens() {
    int[] prompt = prompt(5, 3);
    try (GenerationEngine plain = new GenerationEngine(lm, model.tokenizer(), 1);
        GenerationEngine right = engine(1, new Assistant(lm, 8))) {
      List<Integer> whole =
          plain.answer(GenerationRequest.of(prompt, SamplingOptions.greedy(30), NEVER)).tokenIds();
      for (int at : new int[] {1, 4, 11}) {
        StopRules stop = new StopRules(Set.of(whole.get(at)), List.of());
        List<Integer> heard = new ArrayList<>();
        GenerationRequest request =
            GenerationRequest.of(prompt, SamplingOptions.greedy(30), stop)
                .withListener((id, text, logProb) -> heard.add(id));
        Answer answer = right.answer(request);
        assertThat(answer.tokenIds()).isEqualTo(whole.subList(0, whole.indexOf(whole.get(at))));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(heard.stream().filter(id -> id >= 0).toList()).isEqualTo(answer.tokenIds());
      }
    }
  }

  /** Draws of two tokens, whose probabilities are known, with guesses for the second. */
  @Test
  void tenThousandDrawsFollowTheProbabilitiesOfTheModel() {
    int[] prompt = prompt(4, 9);
    int draws = 10_000;
    SamplingOptions options = new SamplingOptions(3, 1.5, 3, 1, 0, 1, 0);
    Map<List<Integer>, Double> expected = probabilities(prompt, options);
    Map<List<Integer>, Integer> found = new HashMap<>();
    try (GenerationEngine engine = engine(8, mostProbableSecond(prompt.length, expected))) {
      List<GenerationRequest> requests =
          IntStream.range(0, draws)
              .mapToObj(
                  i ->
                      GenerationRequest.of(
                          prompt, options.withSeed(SampleSeeds.of(1, i, 0)), NEVER))
              .toList();
      for (int from = 0; from < draws; from += 200) {
        for (Answer answer : answers(engine, requests.subList(from, from + 200))) {
          found.merge(answer.tokenIds().subList(0, 2), 1, Integer::sum);
        }
      }
      assertThat(engine.guessed()).isPositive();
    }
    assertThat(expected.keySet()).containsAll(found.keySet());
    double chiSquare = 0;
    for (Map.Entry<List<Integer>, Double> entry : expected.entrySet()) {
      double wanted = entry.getValue() * draws;
      double difference = found.getOrDefault(entry.getKey(), 0) - wanted;
      chiSquare += difference * difference / wanted;
    }
    // Nine pairs leave eight degrees of freedom: one right sampler in 10,000 is above this.
    assertThat(expected).hasSize(9);
    assertThat(chiSquare).isLessThan(31.8);
  }

  /** Guesses the token that most probably follows the first one. */
  private static Guesser mostProbableSecond(int length, Map<List<Integer>, Double> pairs) {
    return new Guesser() {
      @Override
      public int[] guess(int[] tokens, int most) {
        return pairs.entrySet().stream()
            .filter(pair -> tokens.length == length + 1)
            .filter(pair -> pair.getKey().get(0) == tokens[length])
            .max(Map.Entry.comparingByValue())
            .map(pair -> new int[] {pair.getKey().get(1)})
            .orElse(new int[0]);
      }

      @Override
      public int sequences() {
        return 8;
      }

      @Override
      public void close() {}
    };
  }

  private static Map<List<Integer>, Double> probabilities(int[] prompt, SamplingOptions options) {
    Map<List<Integer>, Double> pairs = new HashMap<>();
    double[] first = Candidates.probabilities(last(prompt), options);
    for (int a = 0; a < first.length; a++) {
      if (first[a] > 0) {
        int[] longer = Arrays.copyOf(prompt, prompt.length + 1);
        longer[prompt.length] = a;
        double[] second = Candidates.probabilities(last(longer), options);
        for (int b = 0; b < second.length; b++) {
          if (second[b] > 0) {
            pairs.put(List.of(a, b), first[a] * second[b]);
          }
        }
      }
    }
    return pairs;
  }

  private static float[] last(int[] ids) {
    try (Scope scope = Scope.open()) {
      float[] all = lm.logits(ids).toFloats();
      return Arrays.copyOfRange(all, all.length - all.length / ids.length, all.length);
    }
  }

  @Test
  void theLookupGivesWhatFollowedTheLastTokensWhenTheyStoodThereBefore() {
    try (PromptLookup lookup = new PromptLookup(3)) {
      assertThat(lookup.guess(new int[] {1, 2, 3, 4, 5, 6, 2, 3}, 9)).containsExactly(4, 5, 6);
      assertThat(lookup.guess(new int[] {1, 2, 3, 4, 5, 6, 2, 3}, 1)).containsExactly(4);
      assertThat(lookup.guess(new int[] {9, 8, 9, 7, 9}, 3)).containsExactly(7, 9);
      assertThat(lookup.guess(new int[] {1, 2, 3}, 3)).isEmpty();
      assertThat(lookup.guess(new int[] {1}, 3)).isEmpty();
      assertThat(lookup.guess(new int[] {5, 5, 5, 5}, 3)).containsExactly(5);
    }
    assertThatThrownBy(() -> new PromptLookup(0)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> new Assistant(lm, 0)).hasMessageContaining("at least 1");
  }
}
