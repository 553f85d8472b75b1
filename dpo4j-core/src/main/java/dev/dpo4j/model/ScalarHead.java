/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.HeadPass;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One number for each entry: the reward of the sequence that ends there.
 *
 * <p>The number stands where other heads have the log-probability, {@link TokenStats#logps}; which
 * token follows does not matter. Its sum is made in double, so that it does not depend on the rows
 * beside it; a row for each sequence is nothing beside the layers. Gradients are float32 in every
 * run.
 */
final class ScalarHead implements HeadPass.Head {
  private final Gemm gemm = new Gemm(DType.FLOAT32);

  @Override
  public HeadPass forward(
      FlatBatch batch,
      Tensor hidden,
      HeadPass.Matrix matrix,
      LogProbHead.Want want,
      boolean forBackward,
      Arena arena) {
    Tensor weight = matrix.rows(0, matrix.rows());
    float[] ofRow = scores(hidden, weight);
    int[] rows = batch.entryRow();
    int entries = rows.length;
    TokenStats stats =
        new TokenStats(
            new float[entries], new float[entries], new float[entries], new boolean[entries], null);
    for (int entry = 0; entry < rows.length; entry++) {
      stats.logps()[entry] = ofRow[rows[entry]];
    }
    return new Pass(rows, hidden, weight, stats);
  }

  private static float[] scores(Tensor hidden, Tensor weight) {
    float[] states = floats(hidden);
    float[] factors = floats(weight);
    float[] scores = new float[(int) hidden.size(0)];
    for (int row = 0; row < scores.length; row++) {
      double sum = 0;
      for (int i = 0; i < factors.length; i++) {
        sum += (double) states[row * factors.length + i] * factors[i];
      }
      scores[row] = (float) sum;
    }
    return scores;
  }

  private static float[] floats(Tensor tensor) {
    return (tensor.dtype() == DType.FLOAT32 ? tensor : tensor.to(DType.FLOAT32)).toFloats();
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
        float[] entryWeight, Tensor dHidden, @Nullable Matrix dWeight, Arena arena) {
      float[] ofRow = new float[(int) hidden.size(0)];
      for (int entry = 0; entry < rows.length; entry++) {
        ofRow[rows[entry]] += entryWeight[entry];
      }
      Tensor dScores = Tensor.ofFloats(ofRow, ofRow.length, 1);
      gemm.gradInput(dHidden, dScores, weight);
      if (dWeight != null) {
        gemm.gradWeight(dWeight.rows(0, dWeight.rows()), dScores, hidden);
      }
    }
  }
}
