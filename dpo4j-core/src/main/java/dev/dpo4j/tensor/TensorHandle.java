/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/** What a {@link Backend} knows a tensor by. Only the backend that made it can use it. */
public interface TensorHandle extends AutoCloseable {

  /** The element type. */
  DType dtype();

  /** The sizes, outermost first; not to be changed. */
  long[] shape();

  /** Whether the elements lie without gaps in the order of their indices. */
  boolean isContiguous();

  /**
   * A number that grows when the memory is written to, through this tensor or another view of it.
   */
  default long version() {
    return 0;
  }

  /** Gives up this hold on the memory. */
  @Override
  void close();
}
