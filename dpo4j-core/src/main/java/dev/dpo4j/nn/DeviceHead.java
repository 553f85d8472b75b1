/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head on a device with fused kernels: logits of as many rows as a budget holds, read by one
 * kernel, in float32.
 *
 * <p>The backward pass computes the logits again. What the host needs of a pass comes over in one
 * transfer.
 */
final class DeviceHead {
  /** Numbers that the kernel leaves of each row: max, sum, total, expected, squares. */
  private static final int FACTS = 5;

  private final Gemm gemm;
  private final long chunkBytes;
  private final double cap;
  private final double temperature;

  DeviceHead(Gemm gemm, long chunkBytes, double cap, double temperature) {
    this.cap = cap;
    this.temperature = temperature;
    this.gemm = gemm;
    this.chunkBytes = chunkBytes;
  }

  private record Chunk(int from, int rows, SortedLabels labels) {
    Tensor of(Tensor matrix) {
      return matrix.narrow(0, from, rows);
    }

    Tensor flatIndex(int vocabulary) {
      return labels.flatIndex(0, labels.count(), 0, vocabulary);
    }
  }

  /** A finished forward pass. */
  private final class Pass implements HeadPass {
    private final Tensor hidden;
    private final Tensor weight;
    private final Tensor max;
    private final RowSums sums;
    private final List<Chunk> chunks;
    private final TokenStats stats;

    private Pass(
        Tensor hidden,
        Tensor weight,
        Tensor max,
        RowSums sums,
        List<Chunk> chunks,
        TokenStats stats) {
      this.hidden = hidden;
      this.weight = weight;
      this.max = max;
      this.sums = sums;
      this.chunks = chunks;
      this.stats = stats;
    }

    @Override
    public TokenStats stats() {
      return stats;
    }

    @Override
    public void backward(float[] given, Tensor dHidden, @Nullable Matrix dWeight, Arena arena) {
      float[] entryWeight = LogProbHead.ofLogits(given, temperature);
      for (Chunk chunk : chunks) {
        Arena.Mark mark = arena.mark();
        try (Scope scope = Scope.open()) {
          Tensor rows = chunk.of(hidden);
          Tensor logits = logits(rows, weight, arena);
          Tensor bounded = cap == 0 ? null : arena.take(logits.shape()).copy_(logits);
          LogProbHead.heat(logits, temperature);
          Tensor gradient =
              gemm.activations() == DType.FLOAT32
                  ? logits
                  : arena.take(gemm.activations(), logits.shape());
          Fused.logitGradient(gradient, logits, chunk.of(max), scale(chunk, entryWeight));
          SortedLabels labels = chunk.labels();
          if (labels.count() > 0) {
            Tensor weights = labels.weights(entryWeight, 0, labels.count());
            Ops.addAt(gradient, chunk.flatIndex((int) weight.size(0)), weights);
          }
          if (bounded != null) {
            LogProbs.softCapBackward(gradient, bounded, cap);
          }
          gemm.gradInput(chunk.of(dHidden), gradient, weight);
          if (dWeight != null) {
            gemm.gradWeight(WholeMatrix.of(dWeight), gradient, rows);
          }
        } finally {
          arena.release(mark);
        }
      }
    }

    private Tensor scale(Chunk chunk, float[] entryWeight) {
      double[] rowWeight = chunk.labels().rowWeights(entryWeight, chunk.rows());
      float[] scale = new float[chunk.rows()];
      for (int r = 0; r < scale.length; r++) {
        int row = chunk.from() + r;
        scale[r] = (float) (-rowWeight[r] * sums.share(row, (float) sums.max(row)));
      }
      return Tensor.ofFloats(scale, scale.length);
    }
  }

  /** See {@link LogProbHead#forward}. */
  HeadPass forward(
      FlatBatch batch, Tensor hidden, Tensor weight, LogProbHead.Want want, Arena arena) {
    int rows = (int) hidden.size(0);
    int vocabulary = (int) weight.size(0);
    long perRow = (long) vocabulary * Float.BYTES;
    int chunkRows = (int) Math.max(1, Math.min(rows, chunkBytes / perRow));
    TokenStats stats = TokenStats.zeros(batch.entries(), want == LogProbHead.Want.SQUARES);
    Tensor facts = arena.take(FACTS, Math.max(rows, 1));
    List<Chunk> chunks = new ArrayList<>();
    List<Tensor> labelLogits = new ArrayList<>();
    for (int from = 0; from < rows; from += chunkRows) {
      int count = Math.min(chunkRows, rows - from);
      Chunk chunk = new Chunk(from, count, SortedLabels.of(batch, from, count));
      chunks.add(chunk);
      Tensor picked = arena.take(Math.max(chunk.labels().count(), 1));
      labelLogits.add(picked);
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        Tensor logits = logits(chunk.of(hidden), weight, arena);
        LogProbHead.heat(logits, temperature);
        boolean metrics = want != LogProbHead.Want.LOGPS;
        Fused.logitStats(
            fact(facts, 0, chunk),
            fact(facts, 1, chunk),
            metrics ? fact(facts, 2, chunk) : null,
            metrics ? fact(facts, 3, chunk) : null,
            want == LogProbHead.Want.SQUARES ? fact(facts, 4, chunk) : null,
            logits);
        if (chunk.labels().count() > 0) {
          Ops.pick(picked, logits, chunk.flatIndex(vocabulary));
        }
      } finally {
        arena.release(mark);
      }
    }
    RowSums sums = report(facts, chunks, labelLogits, stats, vocabulary, want);
    return new Pass(hidden, weight, facts.narrow(0, 0, 1).view(-1), sums, chunks, stats);
  }

  private static Tensor fact(Tensor facts, int which, Chunk chunk) {
    return facts.narrow(0, which, 1).view(-1).narrow(0, chunk.from(), chunk.rows());
  }

  private Tensor logits(Tensor rows, Tensor weight, Arena arena) {
    Tensor logits = arena.take(rows.size(0), weight.size(0));
    gemm.forward(logits, rows, weight, null);
    LogProbs.softCap(logits, cap);
    return logits;
  }

  private static RowSums report(
      Tensor facts,
      List<Chunk> chunks,
      List<Tensor> labelLogits,
      TokenStats stats,
      int vocabulary,
      LogProbHead.Want want) {
    float[] all = facts.toFloats();
    int rows = (int) facts.size(1);
    float[][] fact = new float[FACTS][rows];
    for (int i = 0; i < FACTS; i++) {
      System.arraycopy(all, i * rows, fact[i], 0, rows);
    }
    for (int r = 0; r < rows; r++) {
      fact[4][r] = (float) Math.sqrt(fact[4][r]);
    }
    boolean metrics = want != LogProbHead.Want.LOGPS;
    RowSums sums = new RowSums(rows);
    sums.add(
        fact[0],
        fact[1],
        metrics ? fact[2] : null,
        metrics ? fact[3] : null,
        want == LogProbHead.Want.SQUARES ? fact[4] : null);
    for (int c = 0; c < chunks.size(); c++) {
      Chunk chunk = chunks.get(c);
      sums.report(
          stats, chunk.labels(), chunk.from(), labelLogits.get(c).toFloats(), vocabulary, want);
    }
    return sums;
  }
}
