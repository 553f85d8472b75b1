/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One number for each entry: the reward of the sequence that ends there.
 *
 * <p>The number stands where other heads have the log-probability, {@link TokenStats#logps}; which
 * token follows does not matter. It is computed in float32 in every run: differences of rewards are
 * what is learnt, and bfloat16 has three digits.
 */
public final class ScalarHead implements Head {
  private final Gemm gemm = new Gemm(DType.FLOAT32);

  @Override
  public HeadPass forward(
      FlatBatch batch,
      Tensor hidden,
      Tensor weight,
      LogProbHead.Want want,
      boolean forBackward,
      Arena arena) {
    Tensor scores = arena.take(hidden.size(0), 1);
    gemm.forward(scores, hidden, weight, null);
    float[] ofRow = scores.toFloats();
    int[] rows = batch.entryRow();
    TokenStats stats = TokenStats.zeros(rows.length, false);
    for (int entry = 0; entry < rows.length; entry++) {
      stats.logps()[entry] = ofRow[rows[entry]];
    }
    return new Pass(rows, hidden, weight, stats);
  }

  /** A finished forward pass. */
  private final class Pass implements HeadPass {
    private final int[] rows;
    private final Tensor hidden;
    private final Tensor weight;
    private final TokenStats stats;

    private Pass(int[] rows, Tensor hidden, Tensor weight, TokenStats stats) {
      this.rows = rows;
      this.hidden = hidden;
      this.weight = weight;
      this.stats = stats;
    }

    @Override
    public TokenStats stats() {
      return stats;
    }

    @Override
    public void backward(
        float[] entryWeight, Tensor dHidden, @Nullable Tensor dWeight, Arena arena) {
      float[] ofRow = new float[(int) hidden.size(0)];
      for (int entry = 0; entry < rows.length; entry++) {
        ofRow[rows[entry]] += entryWeight[entry];
      }
      Tensor dScores = Tensor.ofFloats(ofRow, ofRow.length, 1);
      gemm.gradInput(dHidden, dScores, weight);
      if (dWeight != null) {
        gemm.gradWeight(dWeight, dScores, hidden);
      }
    }
  }
}
