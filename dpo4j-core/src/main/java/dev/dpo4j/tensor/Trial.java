/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A first product of packed weights, to learn whether a kernel computes on this processor. */
final class Trial {
  private Trial() {}

  /**
   * Multiplies by a matrix whose sizes fit no block.
   *
   * @return the norm of the error over that of the result; NaN if nothing was packed
   */
  static double error(Function<TensorHandle, Backend.@Nullable Packed> pack) {
    try (Scope scope = Scope.open()) {
      return error(pack, pattern(71, 530), pattern(3, 530));
    }
  }

  /** The same where every term of every sum is as large as it can be. */
  static double errorOfLargest(Function<TensorHandle, Backend.@Nullable Packed> pack) {
    float[] ones = new float[71 * 530];
    Arrays.fill(ones, 1);
    try (Scope scope = Scope.open()) {
      return error(pack, Tensor.ofFloats(ones, 71, 530), Tensor.ofFloats(ones, 71, 530));
    }
  }

  private static double error(
      Function<TensorHandle, Backend.@Nullable Packed> pack, Tensor w, Tensor x) {
    try (Scope scope = Scope.open()) {
      Tensor expected = Tensor.empty(DType.FLOAT32, x.size(0), w.size(0));
      Ops.mm(expected, x, w.transpose(0, 1));
      try (Backend.Packed packed = pack.apply(w.handle())) {
        if (packed == null) {
          return Double.NaN;
        }
        Tensor found = new Tensor(w.backend(), packed.times(x.handle()));
        double largest = expected.norm();
        return found.sub_(expected).norm() / largest;
      }
    }
  }

  private static Tensor pattern(long rows, long columns) {
    float[] values = new float[(int) (rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.7 * i + 0.1);
    }
    return Tensor.ofFloats(values, rows, columns);
  }
}
