/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/**
 * Rotary position embeddings of the rows of one batch, in the half-split layout of Hugging Face.
 *
 * <p>Source: "RoFormer", arXiv 2104.09864, section 3.2. Angles are rounded to float32 before the
 * cosine, as transformers rounds them, so that far positions agree.
 */
public final class Rope implements AutoCloseable {
  private final Tensor cos;
  private final Tensor sin;
  private final long half;

  private Rope(Tensor cos, Tensor sin, long half) {
    this.cos = cos;
    this.sin = sin;
    this.half = half;
  }

  /**
   * Makes the tables of a batch.
   *
   * @param positions position of each row
   * @param inverseFrequencies radians per position of each pair of coordinates, half the head's
   *     size
   * @param factor multiplies the result: yarn's attention factor, for queries also 1/sqrt(size)
   */
  public static Rope of(int[] positions, double[] inverseFrequencies, double factor) {
    int half = inverseFrequencies.length;
    if (Backends.hasFusedKernels()) {
      return onDevice(positions, inverseFrequencies, factor);
    }
    float[] cos = new float[positions.length * half];
    float[] sin = new float[positions.length * half];
    for (int t = 0; t < positions.length; t++) {
      for (int i = 0; i < half; i++) {
        float angle = (float) inverseFrequencies[i] * positions[t];
        cos[t * half + i] = (float) (Math.cos(angle) * factor);
        sin[t * half + i] = (float) (Math.sin(angle) * factor);
      }
    }
    // Broadcast over the heads: [1, rows, 1, half].
    return new Rope(
        Tensor.ofFloats(cos, 1, positions.length, 1, half),
        Tensor.ofFloats(sin, 1, positions.length, 1, half),
        half);
  }

  private static Rope onDevice(int[] positions, double[] inverseFrequencies, double factor) {
    int rows = positions.length;
    int half = inverseFrequencies.length;
    Tensor cos = Tensor.empty(DType.FLOAT32, 1, rows, 1, half);
    Tensor sin = Tensor.empty(DType.FLOAT32, 1, rows, 1, half);
    try (Scope scope = Scope.open()) {
      Tensor at = Tensor.ofInt32(positions, rows);
      Fused.ropeTable(cos, sin, at, Tensor.ofDoubles(inverseFrequencies, half), factor);
    }
    return new Rope(cos, sin, half);
  }

  /**
   * Rotates heads where they lie, on devices with fused kernels.
   *
   * @param x {@code [rows, heads, 1, head size]}
   */
  public void rotateRows(Tensor out, Tensor x) {
    Fused.rotate(out, x, cos, sin, 0, -1);
  }

  /** Rotates a gradient of {@link #rotateRows} back. */
  public void rotateRowsBack(Tensor out, Tensor x) {
    Fused.rotate(out, x, cos, sin, 0, 1);
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
      Fused.rotate(out, x, cos, sin, 1, sign);
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor x1 = x.narrow(3, 0, half);
      Tensor x2 = x.narrow(3, half, half);
      Tensor out1 = out.narrow(3, 0, half);
      Tensor out2 = out.narrow(3, half, half);
      Ops.mul(out1, x1, cos);
      out1.addcmul_(x2, sin, sign);
      Ops.mul(out2, x2, cos);
      out2.addcmul_(x1, sin, -sign);
    }
  }

  @Override
  public void close() {
    cos.close();
    sin.close();
  }
}
