/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank updates of linear layers that read the same input, {@code y += s * (x A^T) B^T}.
 *
 * <p>Source: "LoRA: Low-Rank Adaptation of Large Language Models", arXiv 2106.09685, equation 3.
 * The matrices A of a group are neighbours in their store, so that they are one product; each B
 * adds to columns of its own in the group's common output. The inner product {@code x A^T} is
 * computed again in the backward pass: at small ranks that costs less than keeping it.
 */
public final class LoraGroup {
  private final ParameterStore store;
  private final List<Member> members;
  private final long rank;
  private final double scale;
  private final @Nullable LoraDropout dropout;
  private final long stream;
  private final Tensor a;
  private final List<Tensor> b = new ArrayList<>();
  private final List<Tensor> gradB = new ArrayList<>();
  private @Nullable Tensor gradA;
  private boolean frozen;

  /**
   * One adapted layer.
   *
   * @param nameA name of its A in the store, {@code [rank, inputs]}
   * @param nameB name of its B, {@code [width, rank]}
   * @param column first column of the group's output that it adds to
   * @param width its number of outputs
   */
  public record Member(String nameA, String nameB, long column, long width) {}

  /**
   * Makes a group of at least one layer; with dropout, of exactly one.
   *
   * @param stream number of the group among those with dropout
   */
  public LoraGroup(
      ParameterStore store,
      List<Member> members,
      double scale,
      @Nullable LoraDropout dropout,
      long stream) {
    if (members.isEmpty() || (dropout != null && members.size() > 1)) {
      throw new IllegalArgumentException(
          "a group has one layer with dropout and one or more without, but had " + members.size());
    }
    this.store = store;
    this.members = List.copyOf(members);
    this.scale = scale;
    this.dropout = dropout;
    this.stream = stream;
    long[] shape = store.get(members.get(0).nameA()).shape();
    this.rank = shape[0];
    this.a = store.value(members.get(0).nameA(), rank * members.size(), shape[1]);
    members.forEach(member -> b.add(store.value(member.nameB())));
  }

  /** Takes no gradients for A and B from now on; that of the input is still computed. */
  public void freeze() {
    frozen = true;
  }

  /** Adds the updates to {@code y[rows, outputs]} for inputs {@code x[rows, inputs]}. */
  public void forward(Gemm gemm, Tensor y, Tensor x, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor inner = inner(gemm, masked(x, mask(x), arena), arena);
      for (int i = 0; i < members.size(); i++) {
        gemm.forwardAdd_(columns(y, i), part(inner, i), b.get(i));
      }
    } finally {
      arena.release(mark);
    }
  }

  /**
   * Propagates a gradient.
   *
   * @param dx receives the gradient of the input by addition, {@code [rows, inputs]}
   * @param dy gradient of the output, {@code [rows, outputs]}
   * @param x the input of the forward pass
   */
  public void backward(Gemm gemm, Tensor dx, Tensor dy, Tensor x, Arena arena) {
    if (frozen) {
      backwardFrozen(gemm, dx, dy, arena);
      return;
    }
    Tensor intoA = gradients();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor kept = mask(x);
      Tensor input = masked(x, kept, arena);
      Tensor inner = inner(gemm, input, arena);
      Tensor dInner = arena.take(inner.shape());
      for (int i = 0; i < members.size(); i++) {
        Tensor out = columns(dy, i);
        gemm.gradWeight(gradB.get(i), out, part(inner, i));
        gemm.gradInput(part(dInner, i), out, b.get(i));
      }
      dInner.mul_(scale);
      gemm.gradWeight(intoA, dInner, input);
      if (kept == null) {
        gemm.gradInputAdd_(dx, dInner, a);
      } else {
        Tensor dInput = arena.take(x.shape());
        gemm.gradInput(dInput, dInner, a);
        dx.addcmul_(dInput, kept, 1);
      }
    } finally {
      arena.release(mark);
    }
  }

  private void backwardFrozen(Gemm gemm, Tensor dx, Tensor dy, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor dInner = arena.take(dy.size(0), a.size(0));
      for (int i = 0; i < members.size(); i++) {
        gemm.gradInput(part(dInner, i), columns(dy, i), b.get(i));
      }
      gemm.gradInputAdd_(dx, dInner.mul_(scale), a);
    } finally {
      arena.release(mark);
    }
  }

  /** Scaled inner products, {@code [rows, rank * members]}. */
  private Tensor inner(Gemm gemm, Tensor x, Arena arena) {
    Tensor inner = arena.take(x.size(0), a.size(0));
    gemm.forward(inner, x, a, null);
    return inner.mul_(scale);
  }

  private @Nullable Tensor mask(Tensor x) {
    return dropout == null ? null : dropout.mask(stream, x.size(0), x.size(1));
  }

  private static Tensor masked(Tensor x, @Nullable Tensor mask, Arena arena) {
    if (mask == null) {
      return x;
    }
    Tensor masked = arena.take(x.shape());
    Ops.mul(masked, x, mask);
    return masked;
  }

  private Tensor part(Tensor inner, int member) {
    return inner.narrow(1, member * rank, rank);
  }

  private Tensor columns(Tensor y, int member) {
    return y.narrow(1, members.get(member).column(), members.get(member).width());
  }

  private Tensor gradients() {
    Tensor present = gradA;
    if (present == null) {
      present = store.grad(members.get(0).nameA(), a.shape());
      gradA = present;
      members.forEach(member -> gradB.add(store.grad(member.nameB())));
    }
    return present;
  }
}
