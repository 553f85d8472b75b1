/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;

/** What a model says of the entries of a batch, from the hidden states of its last layer. */
public interface Head {

  /**
   * Computes the numbers of all entries.
   *
   * @param hidden normalised hidden states of the scored rows, {@code [scored rows, size]}
   * @param weight the head's matrix, {@code [outputs, size]}
   * @param forBackward whether {@link HeadPass#backward} will follow
   * @param arena where kept memory is taken; it must not be released before the backward pass
   */
  HeadPass forward(
      FlatBatch batch,
      Tensor hidden,
      Tensor weight,
      LogProbHead.Want want,
      boolean forBackward,
      Arena arena);
}
