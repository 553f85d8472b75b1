/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** A finished forward pass of the head, which can be followed by a backward pass. */
public interface HeadPass {

  /**
   * A matrix, or its gradient, whose rows are asked for in stretches from the first to the last.
   */
  interface Matrix {
    /** The number of rows. */
    long rows();

    /** Some rows; they can be used until others are asked for. */
    Tensor rows(long from, long count);

    /** A matrix that lies in memory as a whole. */
    static Matrix of(Tensor whole) {
      return new WholeMatrix(whole);
    }
  }

  /**
   * A matrix in one piece.
   *
   * @param whole all of it
   */
  record WholeMatrix(Tensor whole) implements Matrix {
    @Override
    public long rows() {
      return whole.size(0);
    }

    @Override
    public Tensor rows(long from, long count) {
      return whole.narrow(0, from, count);
    }

    /**
     * The matrix as a whole.
     *
     * @throws IllegalStateException if it is not in memory
     */
    static Tensor of(Matrix matrix) {
      if (matrix instanceof WholeMatrix all) {
        return all.whole;
      }
      throw new IllegalStateException("this head needs its matrix as a whole");
    }
  }

  /** What a model says of the entries of a batch, from the hidden states of its last layer. */
  interface Head {

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
        Matrix weight,
        LogProbHead.Want want,
        boolean forBackward,
        Arena arena);
  }

  /** What was computed, in the order of the batch's entries. */
  TokenStats stats();

  /**
   * Propagates the gradient of a loss.
   *
   * @param entryWeight derivative of the loss by the log-probability of each entry
   * @param dHidden receives the hidden rows' gradient by assignment, {@code [scored rows, size]}
   * @param dWeight receives the head's gradient by addition, or null where it is frozen
   */
  void backward(float[] entryWeight, Tensor dHidden, @Nullable Matrix dWeight, Arena arena);
}
