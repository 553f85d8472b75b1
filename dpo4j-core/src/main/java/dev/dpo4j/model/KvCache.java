/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of the tokens that a generation has seen, per layer. */
final class KvCache implements AutoCloseable {
  private final List<Tensor> keys = new ArrayList<>();
  private final List<Tensor> values = new ArrayList<>();
  private final int capacity;
  private int length;

  KvCache(ModelConfig config, int capacity) {
    this.capacity = capacity;
    for (int layer = 0; layer < config.layers(); layer++) {
      keys.add(empty(config, capacity));
      values.add(empty(config, capacity));
    }
  }

  private static Tensor empty(ModelConfig config, int capacity) {
    return Scope.outside(
        () -> Tensor.empty(DType.FLOAT32, config.kvHeads(), capacity, config.headDim()));
  }

  /** Tokens that are complete in every layer. */
  int length() {
    return length;
  }

  /** Tokens that fit. */
  int capacity() {
    return capacity;
  }

  /** Adds a layer's keys and values after the complete tokens. */
  void append(int layer, Tensor k, Tensor v) {
    keys.get(layer).narrow(1, length, k.size(1)).copy_(k);
    values.get(layer).narrow(1, length, v.size(1)).copy_(v);
  }

  /** Tells that every layer has added that many tokens. */
  void advance(int tokens) {
    length += tokens;
  }

  /** The keys that a token after the complete ones sees, itself included. */
  Tensor keys(int layer, int window) {
    return visible(keys.get(layer), window);
  }

  /** The values that a token after the complete ones sees, itself included. */
  Tensor values(int layer, int window) {
    return visible(values.get(layer), window);
  }

  private Tensor visible(Tensor all, int window) {
    int seen = length + 1;
    int from = window > 0 ? Math.max(0, seen - window) : 0;
    return all.narrow(1, from, seen - from);
  }

  @Override
  public void close() {
    keys.forEach(Tensor::close);
    values.forEach(Tensor::close);
  }
}
