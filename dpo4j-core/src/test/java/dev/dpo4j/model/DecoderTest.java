/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that are decoded together against the forward pass over each whole sequence. */
class DecoderTest {
  /** Logits are up to 5; float32 sums in another order differ by some 1e-6. */
  private static final float TOLERANCE = 1e-4f;

  private static final int VOCABULARY = RandomModel.VOCABULARY;

  private final Scope scope = Scope.open();

  @AfterEach
  void free() {
    scope.close();
  }

  /** A model with grouped keys, norms of queries and keys, and where wanted a window. */
  private static CausalLm model(int window) {
    return model(window, false);
  }

  /** With weights of 24 bits, or of 8 as in bfloat16. */
  private static CausalLm model(int window, boolean rounded) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("hidden_size", 24);
    fields.put("intermediate_size", 40);
    fields.put("num_hidden_layers", 3);
    fields.put("num_attention_heads", 6);
    fields.put("num_key_value_heads", 2);
    fields.put("head_dim", 8);
    fields.put("vocab_size", VOCABULARY);
    fields.put("max_position_embeddings", 1024);
    fields.put("rope_theta", 1e4);
    fields.put("tie_word_embeddings", true);
    Architecture architecture = window > 0 ? Architecture.MISTRAL : Architecture.QWEN3;
    if (window > 0) {
      fields.put("sliding_window", window);
    }
    return RandomModel.of(architecture, fields, rounded);
  }

  private static void assertRow(float[] logits, int row, float[] expected) {
    float[] found = Arrays.copyOfRange(logits, row * VOCABULARY, (row + 1) * VOCABULARY);
    for (int i = 0; i < VOCABULARY; i++) {
      assertThat(found[i]).isBetween(expected[i] - TOLERANCE, expected[i] + TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void sequencesOfAnyLengthsDecodeAsIfEachWereAlone(int window) {
    try (CausalLm model = model(window);
        Decoder decoder = model.decoder(4)) {
      int[][] sequences = {
        RandomModel.ids(3, 1), RandomModel.ids(17, 2), RandomModel.ids(1, 3), RandomModel.ids(9, 4)
      };
      for (int[] sequence : sequences) {
        assertRow(decoder.add(sequence), 0, RandomModel.last(model, sequence));
      }
      for (int step = 0; step < 12; step++) {
        int[] tokens = RandomModel.ids(4, 100 + step);
        float[] logits = decoder.step(tokens);
        for (int i = 0; i < 4; i++) {
          sequences[i] = RandomModel.append(sequences[i], tokens[i]);
          assertRow(logits, i, RandomModel.last(model, sequences[i]));
        }
      }
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void sequencesOfVeryDifferentLengthsDecodeAsIfEachWereAlone(int window) {
    int[] lengths = {2, 700, 3, 690, 30, 1, 695};
    try (CausalLm model = model(window);
        Decoder decoder = model.decoder(lengths.length)) {
      List<int[]> prompts =
          IntStream.range(0, lengths.length).mapToObj(i -> RandomModel.ids(lengths[i], i)).toList();
      prompts.forEach(decoder::add);
      int[] tokens = RandomModel.ids(lengths.length, 77);
      float[] logits = decoder.step(tokens);
      for (int i = 0; i < lengths.length; i++) {
        assertRow(
            logits, i, RandomModel.last(model, RandomModel.append(prompts.get(i), tokens[i])));
      }
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void promptsThatAreReadTogetherGiveWhatEachGivesAlone(int window) {
    int[] start = RandomModel.ids(6, 1);
    int[] longer = RandomModel.append(RandomModel.append(start, 3), 4);
    int[] other = RandomModel.append(start, 5);
    try (CausalLm model = model(window);
        Decoder decoder = model.decoder(5)) {
      decoder.add(RandomModel.ids(4, 9));
      // One prompt is the beginning of the others, and one comes twice.
      int[][] sequences = {longer, start, other, start};
      float[] logits = decoder.add(List.of(sequences));
      for (int i = 0; i < sequences.length; i++) {
        assertRow(logits, i, RandomModel.last(model, sequences[i]));
        assertThat(decoder.length(i + 1)).isEqualTo(sequences[i].length);
      }
      float[] next = decoder.step(new int[] {6, 7, 8, 9, 10});
      for (int i = 0; i < sequences.length; i++) {
        assertRow(next, i + 1, RandomModel.last(model, RandomModel.append(sequences[i], 7 + i)));
      }
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6, 7, 15, 16, 17})
  void anyNumberOfSequencesDecodesAsIfEachWereAlone(int count) {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(count)) {
      List<int[]> prompts =
          IntStream.range(0, count).mapToObj(i -> RandomModel.ids(2 + i % 5, i)).toList();
      decoder.add(prompts);
      int[] tokens = RandomModel.ids(count, 77);
      float[] logits = decoder.step(tokens);
      for (int i = 0; i < count; i++) {
        assertRow(
            logits, i, RandomModel.last(model, RandomModel.append(prompts.get(i), tokens[i])));
      }
      model.parameters().close();
    }
  }

  @Test
  void theLastSequenceTakesThePlaceOfOneThatLeavesAndNewOnesCanJoin() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(3)) {
      int[] first = RandomModel.ids(30, 1);
      int[] second = RandomModel.ids(4, 2);
      int[] third = RandomModel.ids(7, 3);
      List.of(first, second, third).forEach(decoder::add);
      decoder.step(new int[] {1, 2, 3});
      decoder.remove(0);
      assertThat(decoder.size()).isEqualTo(2);
      assertThat(decoder.length(0)).isEqualTo(8);
      float[] logits = decoder.step(new int[] {4, 5});
      assertRow(
          logits, 0, RandomModel.last(model, RandomModel.append(RandomModel.append(third, 3), 4)));
      assertRow(
          logits, 1, RandomModel.last(model, RandomModel.append(RandomModel.append(second, 2), 5)));
      int[] fourth = RandomModel.ids(11, 4);
      assertRow(decoder.add(fourth), 0, RandomModel.last(model, fourth));
      logits = decoder.step(new int[] {6, 7, 8});
      assertRow(logits, 2, RandomModel.last(model, RandomModel.append(fourth, 8)));
      model.parameters().close();
    }
  }

  @Test
  void aForkSharesTheFirstTokensOfAnotherSequence() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(2)) {
      int[] prompt = RandomModel.ids(6, 1);
      decoder.add(prompt);
      decoder.step(new int[] {9});
      decoder.fork(0, prompt.length);
      float[] logits = decoder.step(new int[] {10, 11});
      assertRow(
          logits,
          0,
          RandomModel.last(model, RandomModel.append(RandomModel.append(prompt, 9), 10)));
      assertRow(logits, 1, RandomModel.last(model, RandomModel.append(prompt, 11)));
      model.parameters().close();
    }
  }

  @Test
  void longSequencesGrowBeyondTheFirstRoom() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(2)) {
      int[] prompt = RandomModel.ids(127, 1);
      int[] shorter = RandomModel.ids(2, 2);
      decoder.add(prompt);
      decoder.add(shorter);
      for (int step = 0; step < 4; step++) {
        prompt = RandomModel.append(prompt, step);
        shorter = RandomModel.append(shorter, step + 1);
        float[] logits = decoder.step(new int[] {step, step + 1});
        assertRow(logits, 0, RandomModel.last(model, prompt));
        assertRow(logits, 1, RandomModel.last(model, shorter));
      }
      model.parameters().close();
    }
  }

  @Test
  void whereNoMemoryIsLeftAStepFailsAndWhatWasReadStays() {
    int[][] sequences = {RandomModel.ids(120, 1), RandomModel.ids(7, 2)};
    try (CausalLm model = model(0)) {
      model.decoder(1).close(); // Prepares the weights.
      // The 6 pieces of the beginning, then 0 to 5 more: memory ends in the midst of growing.
      for (int last = 6; last < 12; last++) {
        AtomicInteger left = new AtomicInteger(last);
        KvMemory memory =
            new KvMemory(
                model.config(),
                room -> {
                  if (left.getAndDecrement() <= 0) {
                    throw new IllegalStateException("no memory");
                  }
                  return KvMemory.take(model.config(), 3, room);
                });
        try (Decoder decoder = new Decoder(model, new KvCache(model.config(), 3, false, memory))) {
          decoder.add(sequences[0]);
          decoder.add(sequences[1]);
          int[] more = RandomModel.ids(20, 3);
          assertThatThrownBy(() -> decoder.step(List.of(more, more))).hasMessage("no memory");
          assertThatThrownBy(() -> decoder.add(RandomModel.ids(200, 4))).hasMessage("no memory");
          assertThat(decoder.size()).isEqualTo(2);
          assertThat(decoder.length(0)).isEqualTo(120);
          // Within the room that is there, with layers of unequal room.
          assertRow(
              decoder.step(new int[] {5, 6}),
              1,
              RandomModel.last(model, RandomModel.append(sequences[1], 6)));
          left.set(Integer.MAX_VALUE);
          float[] logits = decoder.step(List.of(more, more));
          for (int i = 0; i < 2; i++) {
            int[] whole = RandomModel.append(sequences[i], 5 + i);
            for (int token : more) {
              whole = RandomModel.append(whole, token);
            }
            assertRow(logits, 20 * i + 19, RandomModel.last(model, whole));
          }
          decoder.remove(0);
          int[] late = RandomModel.ids(200, 5);
          assertRow(decoder.add(late), 0, RandomModel.last(model, late));
        }
      }
      model.parameters().close();
    }
  }

  @Test
  void everyNativeTensorIsFreed() {
    long before = Tensor.live();
    try (CausalLm model = model(5)) {
      long made = Tensor.live();
      try (Decoder decoder = model.decoder(2)) {
        decoder.add(RandomModel.ids(200, 1));
        decoder.add(RandomModel.ids(3, 2));
        long open = Tensor.live();
        decoder.step(new int[] {1, 2});
        assertThat(Tensor.live()).isEqualTo(open);
        decoder.remove(0);
        assertThat(Tensor.live()).isEqualTo(open);
      }
      // The arena keeps its blocks for the next pass.
      assertThat(Tensor.live()).isBetween(made, made + 1);
      model.parameters().close();
    }
    assertThat(Tensor.live()).isGreaterThanOrEqualTo(before);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(1)) {
      decoder.add(RandomModel.ids(3, 1));
      assertThatThrownBy(() -> decoder.add(RandomModel.ids(3, 1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("1 more of 1 sequences do not fit: 1 are in use");
      assertThatThrownBy(() -> decoder.step(new int[] {1, 2}))
          .hasMessageContaining("2 tokens for 1 sequences");
      assertThatThrownBy(() -> decoder.remove(1)).hasMessageContaining("sequence 1 of 1");
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void aStepReadsSeveralTokensOfEachSequenceAndGivesTheLogitsBehindEach(int window) {
    try (CausalLm model = model(window);
        Decoder decoder = model.decoder(3)) {
      int[][] sequences = {RandomModel.ids(3, 1), RandomModel.ids(170, 2), RandomModel.ids(8, 3)};
      decoder.add(List.of(sequences));
      for (int round = 0; round < 3; round++) {
        List<int[]> tokens =
            List.of(
                RandomModel.ids(4, 50 + round),
                RandomModel.ids(1, 60 + round),
                RandomModel.ids(7, 70 + round));
        float[] logits = decoder.step(tokens);
        assertThat(logits).hasSize(12 * VOCABULARY);
        int row = 0;
        for (int i = 0; i < 3; i++) {
          for (int token : tokens.get(i)) {
            sequences[i] = RandomModel.append(sequences[i], token);
            assertRow(logits, row++, RandomModel.last(model, sequences[i]));
          }
          assertThat(decoder.length(i)).isEqualTo(sequences[i].length);
        }
      }
      model.parameters().close();
    }
  }

  @Test
  void aSequenceForgetsWhatItIsCutBy() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(2)) {
      int[] first = RandomModel.ids(5, 1);
      int[] second = RandomModel.ids(9, 2);
      decoder.add(List.of(first, second));
      decoder.step(List.of(RandomModel.ids(6, 3), RandomModel.ids(3, 4)));
      decoder.truncate(0, 5);
      assertThat(decoder.length(0)).isEqualTo(5);
      float[] logits = decoder.step(new int[] {7, 8});
      assertRow(logits, 0, RandomModel.last(model, RandomModel.append(first, 7)));
      int[] longer = second;
      for (int token : RandomModel.ids(3, 4)) {
        longer = RandomModel.append(longer, token);
      }
      assertRow(logits, 1, RandomModel.last(model, RandomModel.append(longer, 8)));
      assertThatThrownBy(() -> decoder.truncate(0, 7)).hasMessage("7 tokens of a sequence of 6");
      assertThatThrownBy(() -> decoder.truncate(0, 0)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> decoder.step(List.of(new int[] {1}, new int[0])))
          .hasMessage("sequence 1 gets no token");
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void anIndependentDecoderGivesTheSameBitsWhateverTheNeighboursAre(int window) {
    assumeThat(Backends.hasFusedKernels()).as("a card packs nothing").isFalse();
    try (CausalLm model = model(window, true)) {
      int[] prompt = RandomModel.ids(11, 1);
      float[][] alone = new float[6][];
      try (Decoder decoder = model.independentDecoder(1)) {
        alone[0] = decoder.add(prompt);
        for (int step = 1; step < 6; step++) {
          alone[step] = decoder.step(new int[] {step});
        }
      }
      try (Decoder decoder = model.independentDecoder(18)) {
        decoder.add(
            IntStream.range(0, 9).mapToObj(i -> RandomModel.ids(1 + 7 * i, 20 + i)).toList());
        float[] first = decoder.add(prompt);
        decoder.add(IntStream.range(0, 8).mapToObj(i -> RandomModel.ids(3 + i, 40 + i)).toList());
        assertThat(first).isEqualTo(alone[0]);
        for (int step = 1; step < 6; step++) {
          int[] tokens = RandomModel.ids(18, 80 + step);
          tokens[9] = step;
          float[] logits = decoder.step(tokens);
          assertThat(Arrays.copyOfRange(logits, 9 * VOCABULARY, 10 * VOCABULARY))
              .isEqualTo(alone[step]);
        }
      }
      model.parameters().close();
    }
  }

  @Test
  void weightsOfMoreBitsThanThePackedFormHoldsCannotBeDecodedIndependently() {
    try (CausalLm model = model(0)) {
      assertThatThrownBy(() -> model.independentDecoder(2))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("packed weights");
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDecoderThatIsOpenedAfterTheWeightsChangedComputesWithTheNewOnes(boolean rounded) {
    try (CausalLm model = model(0, rounded)) {
      int[] prompt = RandomModel.ids(7, 1);
      try (Decoder decoder = model.decoder(1)) {
        decoder.add(prompt);
        assertRow(
            decoder.step(new int[] {3}), 0, RandomModel.last(model, RandomModel.append(prompt, 3)));
      }
      try (Scope inner = Scope.open()) {
        model.parameters().values().mul_(0.5);
      }
      try (Decoder decoder = model.decoder(1)) {
        decoder.add(prompt);
        assertRow(
            decoder.step(new int[] {3}), 0, RandomModel.last(model, RandomModel.append(prompt, 3)));
      }
      model.parameters().close();
    }
  }
}
