/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** Small models of random weights, and what a forward pass over a whole text says of its end. */
final class RandomModel {
  static final int VOCABULARY = 40;

  private RandomModel() {}

  /**
   * Makes a model; whoever closes it closes its parameters, too.
   *
   * @param fields of its config.json
   * @param rounded whether weights have 8 bits, as in bfloat16, and not 24
   */
  static CausalLm of(Architecture architecture, Map<String, Object> fields, boolean rounded) {
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

  static int[] ids(int length, int seed) {
    return new Random(seed).ints(length, 0, VOCABULARY).toArray();
  }

  /** The logits behind the last token by a forward pass over everything. */
  static float[] last(CausalLm model, int[] ids) {
    try (Scope inner = Scope.open()) {
      float[] all = model.logits(ids).toFloats();
      return Arrays.copyOfRange(all, all.length - VOCABULARY, all.length);
    }
  }

  static int[] append(int[] ids, int id) {
    int[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = id;
    return longer;
  }
}
