/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A finished forward pass of the head, which can be followed by a backward pass. */
public interface HeadPass {

  /** What was computed, in the order of the batch's entries. */
  TokenStats stats();

  /**
   * Propagates the gradient of a loss.
   *
   * @param entryWeight derivative of the loss by the log-probability of each entry
   * @param dHidden receives the hidden rows' gradient by assignment, {@code [scored rows, size]}
   * @param dWeight receives the head's gradient by addition, or null where it is frozen
   */
  void backward(float[] entryWeight, Tensor dHidden, @Nullable Tensor dWeight, Arena arena);
}
