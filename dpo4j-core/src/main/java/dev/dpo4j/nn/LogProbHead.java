/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.data.FlatBatch;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of the scored tokens and their gradient, without the logits of all rows.
 *
 * <p>Rows go through the vocabulary in chunks. When the exponentials of all chunks fit into a
 * budget they are kept and the backward pass is two products per chunk; otherwise it computes the
 * chunk's logits again. Entropy, mean logit and top-1 come out of the same pass.
 */
public final class LogProbHead {
  /** Rows of a chunk at most: the rate of a product does not grow beyond. */
  private static final int MAX_CHUNK_ROWS = 256;

  private final Gemm gemm;
  private final long chunkBytes;
  private final long keepBytes;

  /**
   * Makes a head.
   *
   * @param chunkBytes float32 logits of one chunk take at most this (one row at least)
   * @param keepBytes exponentials kept for the backward pass take at most this
   */
  public LogProbHead(Gemm gemm, long chunkBytes, long keepBytes) {
    this.gemm = gemm;
    this.chunkBytes = chunkBytes;
    this.keepBytes = keepBytes;
  }

  /** What the forward pass computes besides log-probabilities. */
  public enum Want {
    /** Log-probabilities alone; the metrics stay zero. */
    LOGPS,
    /** Also entropy, mean logit and top-1. */
    METRICS,
    /** Also the sum of squared probabilities, for WPO weights. */
    SQUARES
  }

  /** A finished forward pass. */
  public final class Pass {
    private final FlatBatch batch;
    private final Tensor hidden;
    private final Tensor weight;
    private final List<Chunk> chunks;
    private final TokenStats stats;

    private Pass(
        FlatBatch batch, Tensor hidden, Tensor weight, List<Chunk> chunks, TokenStats stats) {
      this.batch = batch;
      this.hidden = hidden;
      this.weight = weight;
      this.chunks = chunks;
      this.stats = stats;
    }

    /** What was computed, in the order of the batch's entries. */
    public TokenStats stats() {
      return stats;
    }

    /**
     * Propagates the gradient of a loss.
     *
     * @param entryWeight derivative of the loss by the log-probability of each entry
     * @param dHidden receives the hidden rows' gradient by assignment, {@code [scored rows, size]}
     * @param dWeight receives the head's gradient by addition, or null where it is frozen
     */
    public void backward(
        float[] entryWeight, Tensor dHidden, @Nullable Tensor dWeight, Arena arena) {
      for (Chunk chunk : chunks) {
        Arena.Mark mark = arena.mark();
        try (Scope scope = Scope.open()) {
          Tensor rows = hidden.narrow(0, chunk.from(), chunk.rows());
          Tensor kept = chunk.exponentials();
          Tensor e = kept != null ? kept : exponentials(chunk, rows, weight, arena);
          chunk.toLogitGradient(e, entryWeight, batch.entryLabel());
          gemm.gradInput(dHidden.narrow(0, chunk.from(), chunk.rows()), e, weight);
          if (dWeight != null) {
            gemm.gradWeight(dWeight, e, rows);
          }
        } finally {
          arena.release(mark);
        }
      }
    }
  }

  /** Rows {@code from} to {@code from + rows} of the scored rows and the entries that read them. */
  @SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
  private record Chunk(
      int from,
      int rows,
      int[] entries,
      int[] entryRow,
      float[] max,
      float[] sum,
      @Nullable Tensor exponentials) {

    /** Turns exponentials into the gradient of the logits: w * (onehot - softmax), per entry. */
    void toLogitGradient(Tensor e, float[] entryWeight, int[] labels) {
      long vocab = e.size(1);
      float[] scale = new float[rows];
      float[] weights = new float[entries.length];
      for (int i = 0; i < entries.length; i++) {
        weights[i] = entryWeight[entries[i]];
        scale[entryRow[entries[i]] - from] -= weights[i];
      }
      for (int r = 0; r < rows; r++) {
        scale[r] /= sum[r];
      }
      e.mul_(Tensor.ofFloats(scale, rows, 1));
      Ops.addAt(e, flatIndex(vocab, labels), Tensor.ofFloats(weights, weights.length));
    }

    Tensor flatIndex(long vocab, int[] labels) {
      double[] index = new double[entries.length];
      for (int i = 0; i < entries.length; i++) {
        index[i] = (entryRow[entries[i]] - from) * (double) vocab + labels[entries[i]];
      }
      return Tensor.ofDoubles(index, index.length).to(DType.INT64);
    }
  }

  /**
   * Scores the entries of a batch.
   *
   * @param hidden normalised hidden states of the scored rows, {@code [scored rows, size]}
   * @param weight the output embedding, {@code [vocabulary, size]}
   * @param forBackward whether {@link Pass#backward} will follow
   * @param arena where kept memory is taken; it must not be released before the backward pass
   */
  public Pass forward(
      FlatBatch batch, Tensor hidden, Tensor weight, Want want, boolean forBackward, Arena arena) {
    int rows = (int) hidden.size(0);
    long vocab = weight.size(0);
    boolean keep = forBackward && rows * vocab * Float.BYTES <= keepBytes;
    int chunkRows = chunkRows(vocab);
    Results results = new Results(batch.entries(), want);
    List<Chunk> chunks = new ArrayList<>();
    int[] entryRow = batch.entryRow();
    int[] labels = batch.entryLabel();
    for (int from = 0; from < rows; from += chunkRows) {
      int count = Math.min(chunkRows, rows - from);
      int[] entries = entriesOf(entryRow, from, count);
      Tensor kept = keep ? arena.take(count, vocab) : null;
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        Tensor logits = arena.take(count, vocab);
        gemm.forward(logits, hidden.narrow(0, from, count), weight, null);
        Chunk chunk =
            new Chunk(from, count, entries, entryRow, new float[count], new float[count], kept);
        results.read(chunk, logits, labels, arena);
        chunks.add(chunk);
      } finally {
        arena.release(mark);
      }
    }
    return new Pass(batch, hidden, weight, chunks, results.stats());
  }

  private int chunkRows(long vocab) {
    return (int) Math.max(1, Math.min(MAX_CHUNK_ROWS, chunkBytes / (vocab * Float.BYTES)));
  }

  private static int[] entriesOf(int[] entryRow, int from, int count) {
    int[] found = new int[entryRow.length];
    int n = 0;
    for (int e = 0; e < entryRow.length; e++) {
      if (entryRow[e] >= from && entryRow[e] < from + count) {
        found[n++] = e;
      }
    }
    return Arrays.copyOf(found, n);
  }

  private Tensor exponentials(Chunk chunk, Tensor rows, Tensor weight, Arena arena) {
    Tensor logits = arena.take(chunk.rows(), weight.size(0));
    gemm.forward(logits, rows, weight, null);
    return logits.sub_(Tensor.ofFloats(chunk.max(), chunk.rows(), 1)).exp_();
  }

  /** Collects the numbers of all chunks. */
  private static final class Results {
    private final Want want;
    private final float[] logps;
    private final float[] entropies;
    private final float[] meanLogits;
    private final boolean[] top1;
    private final float @Nullable [] logSumSquares;

    Results(int entries, Want want) {
      this.want = want;
      logps = new float[entries];
      entropies = new float[entries];
      meanLogits = new float[entries];
      top1 = new boolean[entries];
      logSumSquares = want == Want.SQUARES ? new float[entries] : null;
    }

    TokenStats stats() {
      return new TokenStats(logps, entropies, meanLogits, top1, logSumSquares);
    }

    void read(Chunk chunk, Tensor logits, int[] labels, Arena arena) {
      int rows = chunk.rows();
      long vocab = logits.size(1);
      Tensor column = arena.take(rows, 1);
      Ops.rowMax(column, logits);
      System.arraycopy(column.toFloats(), 0, chunk.max(), 0, rows);
      float[] labelLogits = Ops.pick(logits, chunk.flatIndex(vocab, labels));
      float[] total = new float[0];
      if (want != Want.LOGPS) {
        Tensor totals = arena.take(rows, 1);
        Ops.rowSum(totals, logits);
        total = totals.toFloats();
      }
      logits.sub_(column);
      Tensor kept = chunk.exponentials();
      Tensor e = kept != null ? kept : want == Want.LOGPS ? logits : arena.take(rows, vocab);
      if (e != logits) {
        e.copy_(logits);
      }
      e.exp_();
      Ops.rowSum(column, e);
      System.arraycopy(column.toFloats(), 0, chunk.sum(), 0, rows);
      for (int i = 0; i < chunk.entries().length; i++) {
        int r = chunk.entryRow()[chunk.entries()[i]] - chunk.from();
        logps[chunk.entries()[i]] =
            (float) (((double) labelLogits[i] - chunk.max()[r]) - Math.log(chunk.sum()[r]));
      }
      if (want != Want.LOGPS) {
        readMetrics(chunk, logits, e, labelLogits, total, column);
      }
    }

    private void readMetrics(
        Chunk chunk, Tensor shifted, Tensor e, float[] labelLogits, float[] total, Tensor column) {
      double vocab = shifted.size(1);
      shifted.mul_(e);
      Ops.rowSum(column, shifted);
      float[] expected = column.toFloats();
      float[] norms = new float[0];
      if (logSumSquares != null) {
        Ops.rowNorm(column, e);
        norms = column.toFloats();
      }
      for (int i = 0; i < chunk.entries().length; i++) {
        int entry = chunk.entries()[i];
        int r = chunk.entryRow()[entry] - chunk.from();
        double logSum = Math.log(chunk.sum()[r]);
        entropies[entry] = (float) (logSum - expected[r] / (double) chunk.sum()[r]);
        meanLogits[entry] = (float) (total[r] / vocab);
        top1[entry] = labelLogits[i] >= chunk.max()[r];
        if (logSumSquares != null) {
          logSumSquares[entry] = (float) (2 * (Math.log(norms[r]) - logSum));
        }
      }
    }
  }
}
