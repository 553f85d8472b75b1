/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.PackedMatrix;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The matrix products of a linear layer, {@code y = x W^T + b}, in the compute type of a run.
 *
 * <p>On the processor, arguments and results are always float32; with bfloat16 the factors are
 * rounded before each product and its result is rounded once, as under autocast. On a card, what is
 * kept as a factor is bfloat16 then ({@link #activations}), and a result has its target's type.
 * Sums over products are float32.
 */
public final class Gemm {
  /** Rows up to which a product is computed as {@code W x^T}: there the BLAS is faster so. */
  private static final int FEW_ROWS = 16;

  /** From that many rows on it is faster still to add rows up to {@link #FEW_ROWS}. */
  private static final int PADDED_ROWS = 7;

  private final boolean reduced;
  private final boolean direct;
  private final @Nullable PackedWeights packed;

  /**
   * Packed copies of weight matrices, found by the matrix of which they are copies.
   *
   * <p>A copy keeps what the weights were: whoever changes weights renews the copies.
   */
  public static final class PackedWeights implements AutoCloseable {
    /** Rows up to which a copy in two parts is read faster than the float32 weights. */
    private static final int ROWS_OF_TWO = 8;

    private final IdentityHashMap<Tensor, PackedMatrix> copies = new IdentityHashMap<>();
    private final boolean int8;

    /**
     * Makes an empty set.
     *
     * @param int8 whether copies are held in 8 bits, see {@link PackedMatrix#int8}
     */
    public PackedWeights(boolean int8) {
      this.int8 = int8;
    }

    /** Whether copies are held in 8 bits. */
    public boolean isInt8() {
      return int8;
    }

    /**
     * Packs {@code w}, {@code [outputs, inputs]}, if that gains anything.
     *
     * @return false if it is to be held in 8 bits and cannot be
     */
    public boolean add(Tensor w) {
      PackedMatrix copy = int8 ? PackedMatrix.int8(w) : PackedMatrix.of(w);
      PackedMatrix former = copy == null ? copies.remove(w) : copies.put(w, copy);
      if (former != null) {
        former.close();
      }
      return copy != null || !int8;
    }

    /** The copy that serves a product of so many rows better than {@code w} itself, or null. */
    @Nullable PackedMatrix serving(Tensor w, long rows) {
      PackedMatrix copy = copies.get(w);
      boolean serves =
          copy != null && (copy.form() != PackedMatrix.Form.TWO_HALVES || rows <= ROWS_OF_TWO);
      return serves ? copy : null;
    }

    /** The copy of {@code w} that serves products of any number of rows, or null. */
    public @Nullable PackedMatrix half(Tensor w) {
      PackedMatrix copy = copies.get(w);
      return copy != null && copy.form() == PackedMatrix.Form.HALF ? copy : null;
    }

    /** Whether {@code w} has a copy that serves products of any number of rows. */
    public boolean has(Tensor w) {
      return half(w) != null;
    }

    /** Frees all copies. */
    @Override
    public void close() {
      copies.values().forEach(PackedMatrix::close);
      copies.clear();
    }
  }

  /** Makes products in {@code compute}, float32 or bfloat16. */
  public Gemm(DType compute) {
    this(compute, null);
  }

  private Gemm(DType compute, @Nullable PackedWeights packed) {
    if (compute != DType.FLOAT32 && compute != DType.BFLOAT16) {
      throw new IllegalArgumentException(
          "compute type must be FLOAT32 or BFLOAT16 but was " + compute);
    }
    // A card multiplies bfloat16 factors into float32 sums; the processor's engine rounds them.
    this.direct = compute == DType.BFLOAT16 && Backends.hasFusedKernels();
    this.reduced = compute == DType.BFLOAT16 && !direct;
    this.packed = packed;
  }

  /**
   * Makes products for the steps of a decoder: from a packed copy of the weights where there is
   * one; else those of few rows are computed the other way round, and a row's result depends on the
   * number of rows to the last bits, which training must not.
   */
  public static Gemm forSteps(DType compute, PackedWeights packed) {
    return new Gemm(compute, packed);
  }

  /** The type of the factors. */
  DType compute() {
    return reduced || direct ? DType.BFLOAT16 : DType.FLOAT32;
  }

  /** The type in which what is only a factor is best kept. */
  public DType activations() {
    return direct ? DType.BFLOAT16 : DType.FLOAT32;
  }

  /** A factor of several products in the type in which they are computed. */
  public Tensor factor(Tensor x, Arena arena) {
    DType type = activations();
    return x.dtype() == type ? x : arena.take(type, x.shape()).copy_(x);
  }

  /** The factor as it is multiplied. */
  private Tensor ready(Tensor x) {
    DType type = activations();
    return x.dtype() == type ? x : x.to(type);
  }

  /** {@code out[m, n] = x[m, k] * w[n, k]^T + bias[n]}. */
  public void forward(Tensor out, Tensor x, Tensor w, @Nullable Tensor bias) {
    try (Scope scope = Scope.open()) {
      if (isAside(x, w)) {
        out.copy_(aside(x, w));
        if (bias != null) {
          out.add_(bias);
        }
      } else if (bias == null) {
        Ops.mm(out, ready(x), ready(w).transpose(0, 1));
      } else {
        Ops.addmm(out, bias, ready(x), ready(w).transpose(0, 1));
      }
    }
  }

  /** {@code x[m, k] * w[n, k]^T}, owned by the current scope or taken from the arena. */
  public Tensor times(Tensor x, Tensor w, Arena arena) {
    PackedMatrix copy = copy(x, w);
    if (copy != null) {
      return copy.times(x);
    }
    Tensor out = arena.take(x.size(0), w.size(0));
    forward(out, x, w, null);
    return out;
  }

  /** {@code out[m, n] = residual[m, n] + x[m, k] * w[n, k]^T + bias[n]}. */
  public void forwardAdd(Tensor out, Tensor residual, Tensor x, Tensor w, @Nullable Tensor bias) {
    try (Scope scope = Scope.open()) {
      if (isAside(x, w)) {
        out.copy_(residual).add_(aside(x, w));
      } else {
        Ops.addmm(out, residual, ready(x), ready(w).transpose(0, 1));
      }
      if (bias != null) {
        out.add_(bias);
      }
    }
  }

  /** {@code out[m, n] += x[m, k] * w[n, k]^T}; {@code out} may be columns of a wider matrix. */
  public void forwardAdd_(Tensor out, Tensor x, Tensor w) {
    try (Scope scope = Scope.open()) {
      if (reduced) {
        out.add_(product(x, w.transpose(0, 1)));
      } else {
        Ops.addmm_(out, ready(x), ready(w).transpose(0, 1));
      }
    }
  }

  /** {@code out[m, k] += dy[m, n] * w[n, k]}. */
  public void gradInputAdd_(Tensor out, Tensor dy, Tensor w) {
    try (Scope scope = Scope.open()) {
      if (reduced) {
        out.add_(product(dy, w));
      } else {
        Ops.addmm_(out, ready(dy), ready(w));
      }
    }
  }

  /** {@code out[m, k] = dy[m, n] * w[n, k]}. */
  public void gradInput(Tensor out, Tensor dy, Tensor w) {
    try (Scope scope = Scope.open()) {
      if (reduced) {
        out.copy_(product(dy, w));
      } else {
        Ops.mm(out, ready(dy), ready(w));
      }
    }
  }

  /** {@code dw[n, k] += dy[m, n]^T * x[m, k]}. */
  public void gradWeight(Tensor dw, Tensor dy, Tensor x) {
    try (Scope scope = Scope.open()) {
      if (reduced) {
        dw.add_(product(dy.transpose(0, 1), x));
      } else {
        Ops.addmm_(dw, ready(dy).transpose(0, 1), ready(x));
      }
    }
  }

  /** {@code db[n] += sum over rows of dy[m, n]}. */
  public static void gradBias(Tensor db, Tensor dy) {
    try (Scope scope = Scope.open()) {
      Tensor sums = Tensor.empty(DType.FLOAT32, db.shape());
      Ops.columnSum(sums, dy);
      db.add_(sums);
    }
  }

  /** {@code x[m, k] * w[n, k]^T} in memory of its own. */
  private Tensor aside(Tensor x, Tensor w) {
    PackedMatrix copy = copy(x, w);
    if (copy != null) {
      return copy.times(x);
    }
    return reduced ? product(x, w.transpose(0, 1)) : fewRows(x, w);
  }

  private boolean isAside(Tensor x, Tensor w) {
    return reduced || isFew(x) || copy(x, w) != null;
  }

  private @Nullable PackedMatrix copy(Tensor x, Tensor w) {
    return packed == null || reduced ? null : packed.serving(w, x.size(0));
  }

  private boolean isFew(Tensor x) {
    return packed != null && !Backends.hasFusedKernels() && x.size(0) > 1 && x.size(0) <= FEW_ROWS;
  }

  /** {@code x[m, k] * w[n, k]^T} as the transpose of {@code w * x^T}. */
  private static Tensor fewRows(Tensor x, Tensor w) {
    long rows = x.size(0);
    Tensor factor = x;
    if (rows >= PADDED_ROWS && rows < FEW_ROWS) {
      factor = Tensor.zeros(DType.FLOAT32, FEW_ROWS, x.size(1));
      factor.narrow(0, 0, rows).copy_(x);
    }
    Tensor out = Tensor.empty(DType.FLOAT32, w.size(0), factor.size(0));
    Ops.mm(out, w, factor.transpose(0, 1));
    return out.transpose(0, 1).narrow(0, 0, rows);
  }

  private static Tensor product(Tensor a, Tensor b) {
    Tensor out = Tensor.empty(DType.BFLOAT16, a.size(0), b.size(1));
    Ops.mm(out, a.to(DType.BFLOAT16), b.to(DType.BFLOAT16));
    return out;
  }
}
