/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead.Want;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Attention whose scores are bounded, as in Gemma 2, forward, backward and while decoding. */
class BoundedScoresTest {
  /** Float32 sums in another order differ by some 1e-6. */
  private static final float TOLERANCE = 1e-4f;

  private static final int VOCABULARY = RandomModel.VOCABULARY;
  private static final double CAP = 1.5;

  private final Scope scope = Scope.open();

  @AfterEach
  void free() {
    scope.close();
  }

  private static CausalLm model(double cap) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("hidden_size", 24);
    fields.put("intermediate_size", 40);
    fields.put("num_hidden_layers", 3);
    fields.put("num_attention_heads", 6);
    fields.put("num_key_value_heads", 2);
    fields.put("head_dim", 8);
    fields.put("vocab_size", VOCABULARY);
    fields.put("max_position_embeddings", 1024);
    fields.put("sliding_window", 5);
    fields.put("query_pre_attn_scalar", 8);
    fields.put("attn_logit_softcapping", cap);
    return RandomModel.of(Architecture.GEMMA2, fields, false);
  }

  private static void assertRow(float[] logits, int row, float[] expected) {
    for (int i = 0; i < VOCABULARY; i++) {
      assertThat(logits[row * VOCABULARY + i]).isCloseTo(expected[i], within(TOLERANCE));
    }
  }

  @Test
  void theBoundChangesWhatIsComputed() {
    int[] text = RandomModel.ids(20, 1);
    try (CausalLm bounded = model(CAP);
        CausalLm loose = model(1e6)) {
      assertThat(RandomModel.last(bounded, text)).isNotEqualTo(RandomModel.last(loose, text));
      bounded.parameters().close();
      loose.parameters().close();
    }
  }

  @Test
  void sequencesOfAnyLengthsDecodeAsIfEachWereAlone() {
    try (CausalLm model = model(CAP);
        Decoder decoder = model.decoder(3)) {
      int[][] sequences = {RandomModel.ids(3, 1), RandomModel.ids(17, 2), RandomModel.ids(9, 4)};
      for (int[] sequence : sequences) {
        assertRow(decoder.add(sequence), 0, RandomModel.last(model, sequence));
      }
      for (int step = 0; step < 6; step++) {
        int[] tokens = RandomModel.ids(3, 100 + step);
        float[] logits = decoder.step(tokens);
        for (int i = 0; i < 3; i++) {
          sequences[i] = RandomModel.append(sequences[i], tokens[i]);
          assertRow(logits, i, RandomModel.last(model, sequences[i]));
        }
      }
      model.parameters().close();
    }
  }

  private static double sum(CausalLm model, FlatBatch batch, float[] weights) {
    float[] logps = model.score(batch, Want.LOGPS).logps();
    double sum = 0;
    for (int i = 0; i < logps.length; i++) {
      sum += logps[i] * (double) weights[i];
    }
    return sum;
  }

  @Test
  void theGradientIsTheSlopeInAnyDirection() {
    FlatBatch batch =
        FlatBatch.of(
            List.of(
                FlatBatch.Tree.pair(
                    RandomModel.ids(11, 1), RandomModel.ids(7, 2), RandomModel.ids(12, 3))));
    try (CausalLm model = model(CAP)) {
      Random random = new Random(3);
      float[] weights = new float[batch.entries()];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) random.nextGaussian();
      }
      float[] gradient;
      try (CausalLm.Pass pass = model.forward(batch, Want.LOGPS)) {
        pass.backward(weights);
        gradient = model.parameters().grads().toFloats();
      }
      float[] begin = model.parameters().values().toFloats();
      double length = 0;
      for (float g : gradient) {
        length += (double) g * g;
      }
      length = Math.sqrt(length);
      // Uphill the slope is the gradient's length; float32 differences over such a step are good to
      // three digits.
      double step = 2e-3;
      double[] sums = new double[2];
      for (int side = 0; side < 2; side++) {
        float[] moved = new float[begin.length];
        for (int i = 0; i < moved.length; i++) {
          moved[i] = (float) (begin[i] + (side == 0 ? step : -step) * gradient[i] / length);
        }
        model.parameters().values().copy_(Tensor.ofFloats(moved, moved.length));
        sums[side] = sum(model, batch, weights);
      }
      assertThat((sums[0] - sums[1]) / (2 * step) / length).isCloseTo(1, within(5e-3));
      model.parameters().close();
    }
  }
}
