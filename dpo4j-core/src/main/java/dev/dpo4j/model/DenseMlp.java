/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A gated block that all tokens pass. */
final class DenseMlp implements FeedForward {
  private final Gemm gemm;
  private final Gate gate;
  private final long inner;

  DenseMlp(ModelConfig config, Gemm gemm) {
    this.gemm = gemm;
    this.gate = Gate.of(config);
    this.inner = config.intermediateSize();
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param gateUp gate and up projections, {@code [rows, 2 * intermediate]}
   */
  record Dense(Tensor gateUp) implements State {}

  /** Factors that are kept of a row. */
  static long savedFactors(ModelConfig config) {
    return 2L * config.intermediateSize();
  }

  @Override
  public State take(long rows, Arena arena) {
    return new Dense(arena.take(gemm.activations(), rows, 2 * inner));
  }

  @Override
  public void forward(
      State state,
      @Nullable Tensor out,
      @Nullable Tensor residual,
      Tensor normed,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena) {
    LayerWeights w = parts.w();
    LayerLora lora = parts.lora();
    Tensor gateUp = ((Dense) state).gateUp();
    products.forward(gateUp, normed, w.gateUp(), w.gateUpBias());
    LayerLora.forward(lora.gateUp(), products, gateUp, normed, arena);
    if (out == null) {
      return;
    }
    Tensor product = arena.take(products.activations(), normed.size(0), inner);
    gate.forward(product, gateUp);
    if (residual == null) {
      products.forward(out, product, w.down(), w.downBias());
    } else {
      products.forwardAdd(out, residual, product, w.down(), w.downBias());
    }
    LayerLora.forward(lora.down(), products, out, product, arena);
  }

  @Override
  public Tensor backward(
      State state,
      Tensor dOut,
      Tensor normed,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    DType type = gemm.activations();
    Tensor dGateUp = arena.take(type, dOut.size(0), 2 * inner);
    backwardInner(dGateUp, ((Dense) state).gateUp(), dOut, parts, arena);
    if (g != null) {
      DecoderLayer.gradLinear(gemm, g.gateUp(), g.gateUpBias(), dGateUp, normed);
    }
    boolean adapted = !parts.lora().gateUp().isEmpty();
    Tensor dNormed = adapted ? arena.take(type, normed.shape()) : normed;
    gemm.gradInput(dNormed, dGateUp, w.gateUp());
    LayerLora.backward(parts.lora().gateUp(), gemm, dNormed, dGateUp, normed, arena);
    return dNormed;
  }

  /** The gradient of gate and up from that of the block's output. */
  private void backwardInner(
      Tensor dGateUp, Tensor gateUp, Tensor dOut, DecoderLayer.Parts parts, Arena arena) {
    LayerWeights g = parts.g();
    boolean adapted = !parts.lora().down().isEmpty();
    Arena.Mark mark = arena.mark();
    DType type = gemm.activations();
    Tensor product = g != null || adapted ? arena.take(type, dOut.size(0), inner) : null;
    Tensor dProduct = arena.take(type, dOut.size(0), inner);
    if (product != null && adapted) {
      // An adapter adds to the product's gradient, and takes the product as its input.
      gate.forward(product, gateUp);
    }
    gemm.gradInput(dProduct, dOut, parts.w().down());
    if (product != null && adapted) {
      LayerLora.backward(parts.lora().down(), gemm, dProduct, dOut, product, arena);
    }
    gate.backward(dGateUp, product, dProduct, gateUp, arena);
    if (g != null && product != null) {
      DecoderLayer.gradLinear(gemm, g.down(), g.downBias(), dOut, product);
    }
    arena.release(mark);
  }
}
