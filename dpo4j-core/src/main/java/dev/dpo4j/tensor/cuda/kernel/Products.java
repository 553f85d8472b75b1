/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/** Matrix products on a device. */
public interface Products extends AutoCloseable {

  /**
   * Computes {@code c[i] = a[i] * b[i] + beta * c[i]} for each matrix of the stacks.
   *
   * <p>The factors have one type, float32, bfloat16 or float16; the result has that type or
   * float32. Sums are float32. Float32 factors are multiplied as such unless tf32 is allowed.
   *
   * @param a {@code [batch, m, k]}
   * @param b {@code [batch, k, n]}
   * @param c {@code [batch, m, n]}, its columns contiguous
   * @param beta 0 or 1; with 0 the old content of {@code c} is not read
   */
  void multiply(Matrices c, Matrices a, Matrices b, double beta);

  /**
   * Whether float32 factors may be rounded to tf32, if the device has it; at first they may not.
   */
  default void allowTf32(boolean allowed) {}

  @Override
  void close();
}
