/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A gated linear unit, {@code act(gate) * up}, over a matrix whose first half of columns is the
 * gate.
 *
 * <p>Source: "GLU Variants Improve Transformer", arXiv 2002.05202, equation 5.
 */
enum Gate {
  /** By {@code x * sigmoid(x)}. */
  SILU {
    @Override
    void activate(Tensor out, Tensor x) {
      Ops.silu(out, x);
    }

    @Override
    void activateBackward(Tensor out, Tensor grad, Tensor x) {
      Ops.siluBackward(out, grad, x);
    }
  },
  /** By GELU, approximated by tanh. */
  GELU_TANH {
    @Override
    void activate(Tensor out, Tensor x) {
      Ops.geluTanh(out, x);
    }

    @Override
    void activateBackward(Tensor out, Tensor grad, Tensor x) {
      Ops.geluTanhBackward(out, grad, x);
    }
  };

  /** The gate of a model. */
  static Gate of(ModelConfig config) {
    return switch (config.style().activation()) {
      case SILU -> SILU;
      case GELU_TANH -> GELU_TANH;
    };
  }

  abstract void activate(Tensor out, Tensor x);

  abstract void activateBackward(Tensor out, Tensor grad, Tensor x);

  /** Computes {@code out[rows, inner]} of {@code gateUp[rows, 2 * inner]}. */
  void forward(Tensor out, Tensor gateUp) {
    long inner = out.size(1);
    try (Scope scope = Scope.open()) {
      Tensor gate = gateUp.narrow(1, 0, inner);
      Tensor up = gateUp.narrow(1, inner, inner);
      if (this == SILU && Fused.has(out)) {
        Fused.swiglu(out, gate, up);
      } else {
        activate(out, gate);
        out.mul_(up);
      }
    }
  }

  /**
   * Propagates a gradient.
   *
   * @param product receives the output again; null where it is not wanted
   * @param dProduct gradient of the output; its memory is used as scratch
   */
  void backward(
      Tensor dGateUp, @Nullable Tensor product, Tensor dProduct, Tensor gateUp, Arena arena) {
    long inner = dProduct.size(1);
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor gate = gateUp.narrow(1, 0, inner);
      Tensor up = gateUp.narrow(1, inner, inner);
      Tensor dGate = dGateUp.narrow(1, 0, inner);
      Tensor dUp = dGateUp.narrow(1, inner, inner);
      if (this == SILU && Fused.has(dProduct)) {
        Fused.swigluBackward(dGate, dUp, product, dProduct, gate, up);
        return;
      }
      Tensor activated = arena.take(dProduct.dtype(), dProduct.shape());
      activate(activated, gate);
      if (product != null) {
        Ops.mul(product, activated, up);
      }
      Ops.mul(dUp, dProduct, activated);
      dProduct.mul_(up);
      activateBackward(dGate, dProduct, gate);
    } finally {
      arena.release(mark);
    }
  }
}
