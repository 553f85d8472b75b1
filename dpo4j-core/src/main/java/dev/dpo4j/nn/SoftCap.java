/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/**
 * Bounds logits softly, {@code cap * tanh(z / cap)}; a cap of 0 leaves them as they are.
 *
 * <p>Source: "Gemma 2", arXiv 2408.00118, section 2.
 */
public final class SoftCap {
  private SoftCap() {}

  /** Bounds logits in place. */
  public static void apply(Tensor z, double cap) {
    if (cap == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      // tanh(u) = 1 - 2 / (1 + exp(2 u))
      z.mul_(2 / cap).exp_().add_(1);
      Tensor two = Tensor.empty(DType.FLOAT32, z.shape()).fill_(2).div_(z);
      z.fill_(1).sub_(two).mul_(cap);
    }
  }

  /**
   * Turns the gradient of bounded logits into that of the logits, in place.
   *
   * @param bounded the bounded logits; their memory is used as scratch
   */
  public static void backward(Tensor gradient, Tensor bounded, double cap) {
    try (Scope scope = Scope.open()) {
      bounded.mul_(1 / cap);
      bounded.mul_(bounded);
      gradient.addcmul_(gradient, bounded, -1);
    }
  }
}
