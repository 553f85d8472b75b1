/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.Routing;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gated blocks of which a router picks a few for each token.
 *
 * <p>Source: "Switch Transformers", arXiv 2101.03961. The rows of an expert are gathered, so that
 * each expert is three products over the tokens that asked for it. The choice is made on the host.
 */
final class ExpertMlp implements FeedForward {
  private final Gemm gemm;
  private final Gate gate;
  private final int layer;
  private final Experts experts;
  private final long hidden;
  private final long inner;

  ExpertMlp(ModelConfig config, Experts experts, int layer, Gemm gemm) {
    this.gemm = gemm;
    this.gate = Gate.of(config);
    this.layer = layer;
    this.experts = experts;
    this.hidden = config.hiddenSize();
    this.inner = experts.intermediateSize();
  }

  /** What a backward pass needs of a forward pass. */
  private static final class Routed implements State {
    private final Tensor gateUp;
    private @Nullable Routing routing;

    /** Takes gate and up projections, {@code [rows * experts of a token, 2 * intermediate]}. */
    Routed(Tensor gateUp) {
      this.gateUp = gateUp;
    }

    Routing routing() {
      return Objects.requireNonNull(routing, "no forward pass was made");
    }
  }

  /** Factors that are kept of a row. */
  static long savedFactors(Experts experts) {
    return 2L * experts.perToken() * experts.intermediateSize();
  }

  @Override
  public State take(long rows, Arena arena) {
    return new Routed(arena.take(gemm.activations(), rows * experts.perToken(), 2 * inner));
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
    Routed saved = (Routed) state;
    LayerWeights w = parts.w();
    Routing routing = route(normed, w, products, arena);
    saved.routing = routing;
    Routing.Load load = plan.load();
    if (load != null) {
      load.add(layer, routing);
    }
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor rows = Tensor.ofInts(routing.rows(), routing.slots());
      Tensor gathered = arena.take(normed.dtype(), routing.slots(), hidden);
      Ops.rows(gathered, normed, rows);
      for (int e = 0; e < experts.count(); e++) {
        if (count(routing, e) > 0) {
          products.forward(
              slots(saved.gateUp, routing, e), slots(gathered, routing, e), gateUp(w, e), null);
        }
      }
      if (out == null) {
        return;
      }
      Tensor product = arena.take(products.activations(), routing.slots(), inner);
      gate.forward(product, saved.gateUp);
      Tensor outs = arena.take(routing.slots(), hidden);
      for (int e = 0; e < experts.count(); e++) {
        if (count(routing, e) > 0) {
          products.forward(slots(outs, routing, e), slots(product, routing, e), down(w, e), null);
        }
      }
      outs.mul_(weights(routing));
      if (residual == null) {
        out.zero_();
      } else {
        out.copy_(residual);
      }
      out.indexAdd_(rows, outs);
    } finally {
      arena.release(mark);
    }
  }

  private Routing route(Tensor normed, LayerWeights w, Gemm products, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor probabilities = arena.take(normed.size(0), experts.count());
      products.forward(probabilities, normed, router(w), null);
      Ops.softmax(probabilities, probabilities);
      return new Routing(
          probabilities.toFloats(), experts.count(), experts.perToken(), experts.normalise());
    } finally {
      arena.release(mark);
    }
  }

  private static Tensor router(LayerWeights w) {
    return Objects.requireNonNull(w.router(), "the layer has no experts");
  }

  private static int count(Routing routing, int expert) {
    return routing.start(expert + 1) - routing.start(expert);
  }

  /** The slots of an expert. */
  private static Tensor slots(Tensor all, Routing routing, int expert) {
    return all.narrow(0, routing.start(expert), count(routing, expert));
  }

  private Tensor gateUp(LayerWeights w, int expert) {
    return w.gateUp().narrow(0, 2 * inner * expert, 2 * inner);
  }

  private Tensor down(LayerWeights w, int expert) {
    return w.down().narrow(0, expert * hidden, hidden);
  }

  private static Tensor weights(Routing routing) {
    return Tensor.ofFloats(routing.weights(), routing.slots(), 1);
  }

  @Override
  public Tensor backward(
      State state,
      Tensor dOut,
      Tensor normed,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena) {
    Routed saved = (Routed) state;
    Routing routing = saved.routing();
    Tensor dNormed = arena.take(normed.shape()).zero_();
    Arena.Mark mark = arena.mark();
    Tensor rows = Tensor.ofInts(routing.rows(), routing.slots());
    Tensor byWeight = arena.take(routing.slots(), 1);
    Tensor dGateUp = backwardInner(byWeight, saved, dOut, rows, parts, arena);
    LayerWeights g = parts.g();
    if (g != null) {
      Tensor gathered = arena.take(normed.dtype(), routing.slots(), hidden);
      Ops.rows(gathered, normed, rows);
      for (int e = 0; e < experts.count(); e++) {
        if (count(routing, e) > 0) {
          Tensor out = slots(dGateUp, routing, e);
          gemm.gradWeight(gateUp(g, e), out, slots(gathered, routing, e));
        }
      }
    }
    Tensor dGathered = arena.take(routing.slots(), hidden);
    for (int e = 0; e < experts.count(); e++) {
      if (count(routing, e) > 0) {
        Tensor out = slots(dGateUp, routing, e);
        gemm.gradInput(slots(dGathered, routing, e), out, gateUp(parts.w(), e));
      }
    }
    dNormed.indexAdd_(rows, dGathered);
    float[] byLogit = routing.logitGradient(byWeight.toFloats(), plan.load());
    Tensor dLogits = Tensor.ofFloats(byLogit, normed.size(0), experts.count());
    if (g != null) {
      gemm.gradWeight(router(g), dLogits, normed);
    }
    gemm.gradInputAdd_(dNormed, dLogits, router(parts.w()));
    arena.release(mark);
    return dNormed;
  }

  /**
   * The gradient of gate and up of every slot.
   *
   * @param byWeight receives the derivative by the weight of each slot
   */
  private Tensor backwardInner(
      Tensor byWeight,
      Routed saved,
      Tensor dOut,
      Tensor rows,
      DecoderLayer.Parts parts,
      Arena arena) {
    Routing routing = saved.routing();
    LayerWeights g = parts.g();
    DType type = gemm.activations();
    Tensor dGateUp = arena.take(type, routing.slots(), 2 * inner);
    Tensor dOuts = arena.take(dOut.dtype(), routing.slots(), hidden);
    Ops.rows(dOuts, dOut, rows);
    Tensor product = arena.take(type, routing.slots(), inner);
    Tensor dProduct = arena.take(type, routing.slots(), inner);
    gate.forward(product, saved.gateUp);
    for (int e = 0; e < experts.count(); e++) {
      if (count(routing, e) > 0) {
        gemm.gradInput(slots(dProduct, routing, e), slots(dOuts, routing, e), down(parts.w(), e));
      }
    }
    // An output is weight * W product: its derivative by the weight is (W^T dOut) * product.
    Tensor both = arena.take(routing.slots(), inner);
    Ops.mul(both, dProduct, product);
    Ops.rowSum(byWeight, both);
    Tensor weights = weights(routing);
    dProduct.mul_(weights);
    if (g != null) {
      dOuts.mul_(weights);
      for (int e = 0; e < experts.count(); e++) {
        if (count(routing, e) > 0) {
          gemm.gradWeight(down(g, e), slots(dOuts, routing, e), slots(product, routing, e));
        }
      }
    }
    gate.backward(dGateUp, null, dProduct, saved.gateUp, arena);
    return dGateUp;
  }
}
