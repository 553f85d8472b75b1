/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that are decoded together against the forward pass over each whole sequence. */
class DecoderTest {
  /** Logits are up to 5; float32 sums in another order differ by some 1e-6. */
  private static final float TOLERANCE = 1e-4f;

  private static final int VOCABULARY = 40;

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
    ModelConfig config = ModelConfig.of(architecture, fields);
    ParameterStore store = WeightLayout.allocate(config, DType.FLOAT32);
    Random random = new Random(5);
    float[] values = new float[(int) store.count()];
    for (int i = 0; i < values.length; i++) {
      float value = (float) (0.3 * random.nextGaussian());
      values[i] = rounded ? Float.intBitsToFloat(Float.floatToIntBits(value) & ~0xffff) : value;
    }
    try (Scope inner = Scope.open()) {
      store.values().copy_(Tensor.ofFloats(values, values.length));
    }
    return new CausalLm(config, store, ComputeOptions.float32());
  }

  private static int[] ids(int length, int seed) {
    return new Random(seed).ints(length, 0, VOCABULARY).toArray();
  }

  /** The logits behind the last token by a forward pass over everything. */
  private static float[] whole(CausalLm model, int[] ids) {
    try (Scope inner = Scope.open()) {
      float[] all = model.logits(ids).toFloats();
      return Arrays.copyOfRange(all, all.length - VOCABULARY, all.length);
    }
  }

  private static int[] append(int[] ids, int id) {
    int[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = id;
    return longer;
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
      int[][] sequences = {ids(3, 1), ids(17, 2), ids(1, 3), ids(9, 4)};
      for (int[] sequence : sequences) {
        assertRow(decoder.add(sequence), 0, whole(model, sequence));
      }
      for (int step = 0; step < 12; step++) {
        int[] tokens = ids(4, 100 + step);
        float[] logits = decoder.step(tokens);
        for (int i = 0; i < 4; i++) {
          sequences[i] = append(sequences[i], tokens[i]);
          assertRow(logits, i, whole(model, sequences[i]));
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
          IntStream.range(0, lengths.length).mapToObj(i -> ids(lengths[i], i)).toList();
      prompts.forEach(decoder::add);
      int[] tokens = ids(lengths.length, 77);
      float[] logits = decoder.step(tokens);
      for (int i = 0; i < lengths.length; i++) {
        assertRow(logits, i, whole(model, append(prompts.get(i), tokens[i])));
      }
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void promptsThatAreReadTogetherGiveWhatEachGivesAlone(int window) {
    int[] start = ids(6, 1);
    int[] longer = append(append(start, 3), 4);
    int[] other = append(start, 5);
    try (CausalLm model = model(window);
        Decoder decoder = model.decoder(5)) {
      decoder.add(ids(4, 9));
      // One prompt is the beginning of the others, and one comes twice.
      int[][] sequences = {longer, start, other, start};
      float[] logits = decoder.add(List.of(sequences));
      for (int i = 0; i < sequences.length; i++) {
        assertRow(logits, i, whole(model, sequences[i]));
        assertThat(decoder.length(i + 1)).isEqualTo(sequences[i].length);
      }
      float[] next = decoder.step(new int[] {6, 7, 8, 9, 10});
      for (int i = 0; i < sequences.length; i++) {
        assertRow(next, i + 1, whole(model, append(sequences[i], 7 + i)));
      }
      model.parameters().close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6, 7, 15, 16, 17})
  void anyNumberOfSequencesDecodesAsIfEachWereAlone(int count) {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(count)) {
      List<int[]> prompts = IntStream.range(0, count).mapToObj(i -> ids(2 + i % 5, i)).toList();
      decoder.add(prompts);
      int[] tokens = ids(count, 77);
      float[] logits = decoder.step(tokens);
      for (int i = 0; i < count; i++) {
        assertRow(logits, i, whole(model, append(prompts.get(i), tokens[i])));
      }
      model.parameters().close();
    }
  }

  @Test
  void theLastSequenceTakesThePlaceOfOneThatLeavesAndNewOnesCanJoin() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(3)) {
      int[] first = ids(30, 1);
      int[] second = ids(4, 2);
      int[] third = ids(7, 3);
      List.of(first, second, third).forEach(decoder::add);
      decoder.step(new int[] {1, 2, 3});
      decoder.remove(0);
      assertThat(decoder.size()).isEqualTo(2);
      assertThat(decoder.length(0)).isEqualTo(8);
      float[] logits = decoder.step(new int[] {4, 5});
      assertRow(logits, 0, whole(model, append(append(third, 3), 4)));
      assertRow(logits, 1, whole(model, append(append(second, 2), 5)));
      int[] fourth = ids(11, 4);
      assertRow(decoder.add(fourth), 0, whole(model, fourth));
      logits = decoder.step(new int[] {6, 7, 8});
      assertRow(logits, 2, whole(model, append(fourth, 8)));
      model.parameters().close();
    }
  }

  @Test
  void aForkSharesTheFirstTokensOfAnotherSequence() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(2)) {
      int[] prompt = ids(6, 1);
      decoder.add(prompt);
      decoder.step(new int[] {9});
      decoder.fork(0, prompt.length);
      float[] logits = decoder.step(new int[] {10, 11});
      assertRow(logits, 0, whole(model, append(append(prompt, 9), 10)));
      assertRow(logits, 1, whole(model, append(prompt, 11)));
      model.parameters().close();
    }
  }

  @Test
  void longSequencesGrowBeyondTheFirstRoom() {
    try (CausalLm model = model(0);
        Decoder decoder = model.decoder(2)) {
      int[] prompt = ids(127, 1);
      int[] shorter = ids(2, 2);
      decoder.add(prompt);
      decoder.add(shorter);
      for (int step = 0; step < 4; step++) {
        prompt = append(prompt, step);
        shorter = append(shorter, step + 1);
        float[] logits = decoder.step(new int[] {step, step + 1});
        assertRow(logits, 0, whole(model, prompt));
        assertRow(logits, 1, whole(model, shorter));
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
        decoder.add(ids(200, 1));
        decoder.add(ids(3, 2));
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
      decoder.add(ids(3, 1));
      assertThatThrownBy(() -> decoder.add(ids(3, 1)))
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
      int[][] sequences = {ids(3, 1), ids(170, 2), ids(8, 3)};
      decoder.add(List.of(sequences));
      for (int round = 0; round < 3; round++) {
        List<int[]> tokens = List.of(ids(4, 50 + round), ids(1, 60 + round), ids(7, 70 + round));
        float[] logits = decoder.step(tokens);
        assertThat(logits).hasSize(12 * VOCABULARY);
        int row = 0;
        for (int i = 0; i < 3; i++) {
          for (int token : tokens.get(i)) {
            sequences[i] = append(sequences[i], token);
            assertRow(logits, row++, whole(model, sequences[i]));
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
      int[] first = ids(5, 1);
      int[] second = ids(9, 2);
      decoder.add(List.of(first, second));
      decoder.step(List.of(ids(6, 3), ids(3, 4)));
      decoder.truncate(0, 5);
      assertThat(decoder.length(0)).isEqualTo(5);
      float[] logits = decoder.step(new int[] {7, 8});
      assertRow(logits, 0, whole(model, append(first, 7)));
      int[] longer = second;
      for (int token : ids(3, 4)) {
        longer = append(longer, token);
      }
      assertRow(logits, 1, whole(model, append(longer, 8)));
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
      int[] prompt = ids(11, 1);
      float[][] alone = new float[6][];
      try (Decoder decoder = model.independentDecoder(1)) {
        alone[0] = decoder.add(prompt);
        for (int step = 1; step < 6; step++) {
          alone[step] = decoder.step(new int[] {step});
        }
      }
      try (Decoder decoder = model.independentDecoder(18)) {
        decoder.add(IntStream.range(0, 9).mapToObj(i -> ids(1 + 7 * i, 20 + i)).toList());
        float[] first = decoder.add(prompt);
        decoder.add(IntStream.range(0, 8).mapToObj(i -> ids(3 + i, 40 + i)).toList());
        assertThat(first).isEqualTo(alone[0]);
        for (int step = 1; step < 6; step++) {
          int[] tokens = ids(18, 80 + step);
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
      int[] prompt = ids(7, 1);
      try (Decoder decoder = model.decoder(1)) {
        decoder.add(prompt);
        assertRow(decoder.step(new int[] {3}), 0, whole(model, append(prompt, 3)));
      }
      try (Scope inner = Scope.open()) {
        model.parameters().values().mul_(0.5);
      }
      try (Decoder decoder = model.decoder(1)) {
        decoder.add(prompt);
        assertRow(decoder.step(new int[] {3}), 0, whole(model, append(prompt, 3)));
      }
      model.parameters().close();
    }
  }
}
