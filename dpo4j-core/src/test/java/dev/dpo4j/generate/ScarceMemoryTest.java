/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import static dev.dpo4j.generate.TinyChat.NEVER;
import static dev.dpo4j.generate.TinyChat.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.Decoder;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.ScarceMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers for which there is little memory, on a tiny model with random weights. */
class ScarceMemoryTest {
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

  @Test
  void anAnswerForWhichTheHeapHasNoRoomFailsAlone() {
    try (GenerationEngine engine = new GenerationEngine(lm, model.tokenizer(), 2)) {
      GenerationTask failing =
          engine.submit(
              GenerationRequest.of(prompt(5, 1), SamplingOptions.greedy(5), NEVER)
                  .withListener(
                      (id, text, logProb) -> {
                        throw new OutOfMemoryError("Java heap space");
                      }));
      GenerationTask other =
          engine.submit(GenerationRequest.of(prompt(6, 2), SamplingOptions.greedy(5), NEVER));
      while (engine.step()) {}
      assertThatThrownBy(failing::await)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not enough memory for an answer that has 6 tokens")
          .hasRootCauseInstanceOf(OutOfMemoryError.class);
      assertThat(other.await().tokenIds()).hasSize(5);
    }
  }

  @Test
  void whereAStepFindsNoMemoryTheLongestAnswerFailsAndTheOthersGoOnUnchanged() {
    List<GenerationRequest> requests =
        List.of(
            GenerationRequest.of(prompt(100, 1), SamplingOptions.greedy(20), NEVER),
            GenerationRequest.of(prompt(110, 2), SamplingOptions.greedy(40), NEVER),
            GenerationRequest.of(prompt(140, 3), SamplingOptions.greedy(2), NEVER),
            GenerationRequest.of(
                prompt(5, 4), new SamplingOptions(60, 1, 0, 0.95, 0, 1, 1), NEVER));
    List<Answer> alone;
    try (GenerationEngine engine = new GenerationEngine(lm, model.tokenizer(), 1)) {
      alone = requests.stream().map(engine::answer).toList();
    }
    // All are read together, for which there is no room: a slot has room for 128 tokens.
    Decoder decoder = ScarceMemory.decoder(lm, 5, 128);
    try (GenerationEngine engine = new GenerationEngine(decoder, model.tokenizer(), 4, null)) {
      List<GenerationTask> tasks = requests.stream().map(engine::submit).toList();
      while (engine.step()) {}
      for (int i : new int[] {0, 3}) {
        assertThat(tasks.get(i).await()).as("request %d", i).isEqualTo(alone.get(i));
      }
      assertThatThrownBy(() -> tasks.get(1).await())
          .hasMessageContaining("not enough memory for an answer that has 129 tokens");
      assertThatThrownBy(() -> tasks.get(2).await())
          .hasMessageContaining("not enough memory for an answer that has 140 tokens");
      assertThat(engine.answer(requests.get(0))).isEqualTo(alone.get(0));
    }
  }

  @Test
  void answersBeginOnlyWhereThereIsMemoryForAllThatTheyMayBecome() {
    long two = Decoder.cacheBytes(lm.config(), 2, 150);
    // Bytes that are free at first, 0 for unknown, and how many answers are then made at a time.
    for (long[] expected : new long[][] {{1, 1}, {two, 2}, {0, 4}, {Long.MAX_VALUE, 4}}) {
      List<Integer> together = new ArrayList<>();
      Decoder decoder = lm.decoder(5);
      long free = expected[0];
      EngineThread thread =
          EngineThread.start(
              "test", () -> free == 0 ? 0 : Math.max(1, free - decoder.cacheBytes()));
      try {
        GenerationEngine engine =
            thread.open(() -> new GenerationEngine(decoder, model.tokenizer(), 4, null));
        List<GenerationTask> tasks =
            IntStream.range(0, 6)
                .mapToObj(
                    i ->
                        GenerationRequest.of(prompt(100, i), SamplingOptions.greedy(50), NEVER)
                            .withListener(
                                TokenListener.withoutText(id -> together.add(engine.running()))))
                .map(request -> thread.submit(engine, request))
                .toList();
        tasks.forEach(task -> assertThat(task.await().tokenIds()).hasSize(50));
        assertThat(Collections.max(together)).isEqualTo((int) expected[1]);
        assertThat(engine.cacheBytes())
            .isPositive()
            .isLessThanOrEqualTo(Decoder.cacheBytes(lm.config(), (int) expected[1], 150));
      } finally {
        thread.close();
      }
    }
  }
}
