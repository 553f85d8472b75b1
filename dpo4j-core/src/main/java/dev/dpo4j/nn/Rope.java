/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Rotary position embeddings of the rows of one batch; mostly halves of a head's coordinates are
 * rotated together, in some families neighbours.
 *
 * <p>Source: "RoFormer", arXiv 2104.09864, section 3.2. Angles are rounded to float32 before the
 * cosine, as transformers rounds them, so that far positions agree.
 */
public final class Rope implements AutoCloseable {
  private final Tensor cos;
  private final Tensor sin;
  private final long half;
  private final boolean interleaved;
  private final double rest;

  private Rope(Tensor cos, Tensor sin, long half, boolean interleaved, double rest) {
    this.cos = cos;
    this.sin = sin;
    this.half = half;
    this.interleaved = interleaved;
    this.rest = rest;
  }

  /**
   * Makes the tables of a batch.
   *
   * @param positions position of each row
   * @param lengths tokens of each row's sequence; a single number stands for all
   * @param scale multiplies the result: 1, for queries what products are multiplied by
   */
  public static Rope of(int[] positions, int[] lengths, Rotation rotation, double scale) {
    double factor = rotation.factor() * scale;
    double[] first = rotation.inverseFrequencies(lengths[0]);
    int half = first.length;
    if (half == 0) {
      Tensor none = Tensor.empty(DType.FLOAT32, 1);
      return new Rope(none, none, 0, false, scale);
    }
    boolean same = lengths.length == 1 || !rotation.byLength();
    if (Backends.hasFusedKernels() && same) {
      return onDevice(positions, first, rotation, scale);
    }
    float[] cos = new float[positions.length * half];
    float[] sin = new float[positions.length * half];
    for (int t = 0; t < positions.length; t++) {
      double[] frequencies = same ? first : rotation.inverseFrequencies(lengths[t]);
      for (int i = 0; i < half; i++) {
        float angle = (float) frequencies[i] * positions[t];
        cos[t * half + i] = (float) (Math.cos(angle) * factor);
        sin[t * half + i] = (float) (Math.sin(angle) * factor);
      }
    }
    // Broadcast over the heads: [1, rows, 1, half].
    return new Rope(
        Tensor.ofFloats(cos, 1, positions.length, 1, half),
        Tensor.ofFloats(sin, 1, positions.length, 1, half),
        half,
        rotation.interleaved(),
        scale);
  }

  private static Rope onDevice(
      int[] positions, double[] inverseFrequencies, Rotation rotation, double scale) {
    int rows = positions.length;
    int half = inverseFrequencies.length;
    Tensor cos = Tensor.empty(DType.FLOAT32, 1, rows, 1, half);
    Tensor sin = Tensor.empty(DType.FLOAT32, 1, rows, 1, half);
    try (Scope scope = Scope.open()) {
      Tensor at = Tensor.ofInt32(positions, rows);
      Tensor inverse = Tensor.ofDoubles(inverseFrequencies, half);
      Fused.ropeTable(cos, sin, at, inverse, rotation.factor() * scale);
    }
    return new Rope(cos, sin, half, rotation.interleaved(), scale);
  }

  /** What the halves of a head are rotated by, or null where neighbours are rotated together. */
  public Backend.@Nullable Angles angles() {
    return interleaved ? null : new Backend.Angles(cos, sin, half, rest);
  }

  /**
   * Rotates heads where they lie, on devices with fused kernels.
   *
   * @param x {@code [rows, heads, 1, head size]}
   */
  public void rotateRows(Tensor out, Tensor x) {
    fused(out, x, 0, -1);
  }

  /** Rotates a gradient of {@link #rotateRows} back. */
  public void rotateRowsBack(Tensor out, Tensor x) {
    fused(out, x, 0, 1);
  }

  private void fused(Tensor out, Tensor x, int rowDim, int sign) {
    try (Scope scope = Scope.open()) {
      copyRest(out, x);
      if (half > 0) {
        Tensor to = out.narrow(3, 0, 2 * half);
        Fused.rotate(to, x.narrow(3, 0, 2 * half), cos, sin, rowDim, sign, interleaved);
      }
    }
  }

  /** What is not rotated is only scaled. */
  private void copyRest(Tensor out, Tensor x) {
    long size = x.size(3);
    if (size > 2 * half) {
      Tensor to = out.narrow(3, 2 * half, size - 2 * half);
      to.copy_(x.narrow(3, 2 * half, size - 2 * half));
      if (rest != 1) {
        to.mul_(rest);
      }
    }
  }

  /** Rotates {@code x} into {@code out}; both {@code [kv heads, rows, group, head size]}. */
  public void rotate(Tensor out, Tensor x) {
    turn(out, x, -1);
  }

  /** Rotates a gradient back, which is the transpose of {@link #rotate}. */
  public void rotateBack(Tensor dx, Tensor dout) {
    turn(dx, dout, 1);
  }

  private void turn(Tensor out, Tensor x, int sign) {
    if (Fused.has(x)) {
      fused(out, x, 1, sign);
      return;
    }
    try (Scope scope = Scope.open()) {
      copyRest(out, x);
      if (half > 0) {
        turnPairs(out.narrow(3, 0, 2 * half), x.narrow(3, 0, 2 * half), sign);
      }
    }
  }

  private void turnPairs(Tensor out, Tensor x, int sign) {
    Tensor x1 = partner(x, 0);
    Tensor x2 = partner(x, 1);
    Tensor out1 = partner(out, 0);
    Tensor out2 = partner(out, 1);
    Tensor c = interleaved ? cos.view(1, cos.size(1), 1, half, 1) : cos;
    Tensor s = interleaved ? sin.view(1, sin.size(1), 1, half, 1) : sin;
    Ops.mul(out1, x1, c);
    out1.addcmul_(x2, s, sign);
    Ops.mul(out2, x2, c);
    out2.addcmul_(x1, s, -sign);
  }

  /** The first or the second coordinates of all pairs. */
  private Tensor partner(Tensor x, int which) {
    return interleaved
        ? x.view(x.size(0), x.size(1), x.size(2), half, 2).narrow(4, which, 1)
        : x.narrow(3, which * half, half);
  }

  @Override
  public void close() {
    cos.close();
    sin.close();
  }
}
