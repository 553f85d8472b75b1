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
 * Log-probabilities of the scored tokens and their gradient, without the logits of all rows.
 *
 * <p>The vocabulary goes by in tiles: the logits of all rows for a few hundred tokens are computed,
 * read and turned into exponentials while they are in the cache. The exponentials are kept for the
 * backward pass while they fit into a budget; of the other tiles it computes the logits again.
 * Entropy, mean logit and top-1 come out of the same pass.
 */
public final class LogProbHead implements HeadPass.Head {
  /**
   * Tokens of a tile. Measured with 256 to 1,024 rows: products as wide as the vocabulary reach
   * three quarters of the rate of such narrow ones, forward and for the weight's gradient.
   */
  public static final int TILE = 768;

  /** Logits that exist at once on a device: enough for products of full speed. */
  public static final long DEVICE_CHUNK_BYTES = 1L << 30;

  private final Gemm gemm;
  private final long chunkBytes;
  private final long keepBytes;
  private final double cap;
  private final double temperature;

  /**
   * Makes a head.
   *
   * @param chunkBytes float32 logits that exist at once take at most this (one row at least); rows
   *     beyond go in another chunk
   * @param keepBytes exponentials kept for the backward pass take at most this
   */
  public LogProbHead(Gemm gemm, long chunkBytes, long keepBytes) {
    this(gemm, chunkBytes, keepBytes, 0);
  }

  /** Makes a head that bounds its logits; see {@link LogProbs#softCap}. */
  public LogProbHead(Gemm gemm, long chunkBytes, long keepBytes, double cap) {
    this(gemm, chunkBytes, keepBytes, cap, 1);
  }

  private LogProbHead(Gemm gemm, long chunkBytes, long keepBytes, double cap, double temperature) {
    this.gemm = gemm;
    this.chunkBytes = chunkBytes;
    // What is kept of bounded logits does not give their gradient.
    this.keepBytes = cap == 0 ? keepBytes : 0;
    this.cap = cap;
    this.temperature = temperature;
  }

  /**
   * The same head over logits that are divided by a temperature, as those are that tokens are drawn
   * from.
   */
  public LogProbHead at(double other) {
    return new LogProbHead(gemm, chunkBytes, keepBytes, cap, other);
  }

  /** The same head with all rows at once, so that it goes through its matrix once a pass. */
  public LogProbHead inOneChunk() {
    return new LogProbHead(gemm, Long.MAX_VALUE, keepBytes, cap, temperature);
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

  /** Bytes of logits that exist at once for a pass of that many rows. */
  public static long tileBytes(long rows, long vocabulary, DType compute, long chunkBytes) {
    return Math.min(rows * tileWidth(vocabulary, compute) * Float.BYTES, chunkBytes);
  }

  /**
   * With reduced factors a product's result is rounded, so sums over the vocabulary are left whole.
   */
  private static int tileWidth(long vocabulary, DType compute) {
    return (int) (compute == DType.FLOAT32 ? Math.min(TILE, vocabulary) : vocabulary);
  }

  /** A finished forward pass. */
  private final class Pass implements HeadPass {
    private final Tensor hidden;
    private final HeadPass.Matrix weight;
    private final List<Chunk> chunks;
    private final TokenStats stats;

    private Pass(Tensor hidden, HeadPass.Matrix weight, List<Chunk> chunks, TokenStats stats) {
      this.hidden = hidden;
      this.weight = weight;
      this.chunks = chunks;
      this.stats = stats;
    }

    @Override
    public TokenStats stats() {
      return stats;
    }

    @Override
    public void backward(
        float[] given, Tensor dHidden, HeadPass.@Nullable Matrix dWeight, Arena arena) {
      float[] entryWeight = ofLogits(given, temperature);
      for (Chunk chunk : chunks) {
        double[] rowWeight = chunk.labels().rowWeights(entryWeight, chunk.rows());
        Tensor rows = chunk.of(hidden);
        Tensor dRows = chunk.of(dHidden);
        for (Tile tile : chunk.tiles()) {
          Arena.Mark mark = arena.mark();
          try (Scope scope = Scope.open()) {
            Tensor kept = tile.exponentials();
            Tensor bounded = cap == 0 ? null : arena.take(rows.size(0), tile.width());
            Tensor e = kept != null ? kept : exponentials(tile, rows, weight, bounded, arena);
            tile.toLogitGradient(e, chunk, rowWeight, entryWeight);
            if (bounded != null) {
              LogProbs.softCapBackward(e, bounded, cap);
            }
            if (tile.from() == 0) {
              gemm.gradInput(dRows, e, tile.of(weight));
            } else {
              gemm.gradInputAdd_(dRows, e, tile.of(weight));
            }
            if (dWeight != null) {
              gemm.gradWeight(tile.of(dWeight), e, rows);
            }
          } finally {
            arena.release(mark);
          }
        }
      }
    }
  }

  /** Scored rows {@code from} to {@code from + rows}, and what is known of them. */
  private record Chunk(int from, int rows, RowSums sums, SortedLabels labels, List<Tile> tiles) {
    Tensor of(Tensor matrix) {
      return matrix.narrow(0, from, rows);
    }
  }

  /**
   * Tokens {@code from} to {@code from + width} of the vocabulary for the rows of a chunk.
   *
   * @param firstLabel the first of the chunk's labels that lies in the tile
   * @param endLabel behind the last one
   * @param max largest logit of each row in the tile
   * @param exponentials of the logits less {@code max}; null where they are not kept
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
  private record Tile(
      int from,
      int width,
      int firstLabel,
      int endLabel,
      float[] max,
      @Nullable Tensor exponentials) {

    Tensor of(HeadPass.Matrix matrix) {
      return matrix.rows(from, width);
    }

    /** Turns exponentials into the gradient of the logits: w * (onehot - softmax), per entry. */
    void toLogitGradient(Tensor e, Chunk chunk, double[] rowWeight, float[] entryWeight) {
      float[] scale = new float[chunk.rows()];
      for (int r = 0; r < scale.length; r++) {
        scale[r] = (float) (-rowWeight[r] * chunk.sums().share(r, max[r]));
      }
      e.mul_(Tensor.ofFloats(scale, scale.length, 1));
      if (firstLabel < endLabel) {
        Tensor weights = chunk.labels().weights(entryWeight, firstLabel, endLabel);
        Ops.addAt(e, flatIndex(chunk.labels()), weights);
      }
    }

    /** Where the logits of the tile's labels stand in its matrix. */
    Tensor flatIndex(SortedLabels labels) {
      return labels.flatIndex(firstLabel, endLabel, from, width);
    }
  }

  @Override
  public HeadPass forward(
      FlatBatch batch,
      Tensor hidden,
      HeadPass.Matrix weight,
      Want want,
      boolean forBackward,
      Arena arena) {
    // A card reads whole rows of logits; a matrix in parts goes by in tiles there, too.
    if (Fused.has(hidden) && weight instanceof HeadPass.WholeMatrix all) {
      return new DeviceHead(gemm, DEVICE_CHUNK_BYTES, cap, temperature)
          .forward(batch, hidden, all.whole(), want, arena);
    }
    int rows = (int) hidden.size(0);
    int vocab = (int) weight.rows();
    long keep = forBackward ? keepBytes : 0;
    int width = tileWidth(vocab, gemm.compute());
    int chunkRows = (int) Math.max(1, Math.min(rows, chunkBytes / ((long) width * Float.BYTES)));
    TokenStats stats = TokenStats.zeros(batch.entries(), want == Want.SQUARES);
    List<Chunk> chunks = new ArrayList<>();
    for (int from = 0; from < rows; from += chunkRows) {
      int count = Math.min(chunkRows, rows - from);
      SortedLabels labels = SortedLabels.of(batch, from, count);
      Chunk chunk = new Chunk(from, count, new RowSums(count), labels, new ArrayList<>());
      float[] labelLogits = new float[labels.count()];
      for (int first = 0; first < vocab; first += width) {
        int columns = Math.min(width, vocab - first);
        long bytes = (long) count * columns * Float.BYTES;
        Tensor kept = bytes <= keep ? arena.take(count, columns) : null;
        keep -= kept == null ? 0 : bytes;
        Arena.Mark mark = arena.mark();
        try (Scope scope = Scope.open()) {
          Tensor logits = arena.take(count, columns);
          gemm.forward(logits, chunk.of(hidden), weight.rows(first, columns), null);
          LogProbs.softCap(logits, cap);
          heat(logits, temperature);
          chunk.tiles().add(read(chunk, first, logits, labelLogits, want, kept, arena));
        } finally {
          arena.release(mark);
        }
      }
      chunk.sums().report(stats, labels, labelLogits, vocab, want);
      chunks.add(chunk);
    }
    return new Pass(hidden, weight, chunks, stats);
  }

  /** Reads everything out of a tile's logits, whose memory is used as scratch. */
  private static Tile read(
      Chunk chunk,
      int from,
      Tensor logits,
      float[] labelLogits,
      Want want,
      @Nullable Tensor kept,
      Arena arena) {
    int rows = chunk.rows();
    int width = (int) logits.size(1);
    Tensor column = arena.take(rows, 1);
    Ops.rowMax(column, logits);
    SortedLabels labels = chunk.labels();
    int first = labels.firstFrom(from);
    int end = labels.firstFrom(from + width);
    Tile tile = new Tile(from, width, first, end, column.toFloats(), kept);
    if (first < end) {
      float[] found = Ops.pick(logits, tile.flatIndex(labels));
      System.arraycopy(found, 0, labelLogits, first, found.length);
    }
    boolean metrics = want != Want.LOGPS;
    float[] total = metrics ? rowSums(logits, arena) : null;
    logits.sub_(column);
    Tensor e = kept != null ? kept : metrics ? arena.take(rows, width) : logits;
    Ops.exp(e, logits);
    float[] sum = rowSums(e, arena);
    float[] expected = metrics ? rowSums(logits.mul_(e), arena) : null;
    float[] norms = null;
    if (want == Want.SQUARES) {
      Ops.rowNorm(column, e);
      norms = column.toFloats();
    }
    chunk.sums().add(tile.max(), sum, total, expected, norms);
    return tile;
  }

  private static float[] rowSums(Tensor x, Arena arena) {
    Arena.Mark mark = arena.mark();
    Tensor column = arena.take(x.size(0), 1);
    Ops.rowSum(column, x);
    arena.release(mark);
    return column.toFloats();
  }

  /** Divides logits by a temperature. */
  static void heat(Tensor logits, double temperature) {
    if (temperature != 1) {
      logits.mul_(1 / temperature);
    }
  }

  /** Derivatives by entries as such by logits that are divided by a temperature. */
  static float[] ofLogits(float[] entryWeight, double temperature) {
    if (temperature == 1) {
      return entryWeight;
    }
    float[] heated = entryWeight.clone();
    for (int i = 0; i < heated.length; i++) {
      heated[i] = (float) (heated[i] / temperature);
    }
    return heated;
  }

  private Tensor exponentials(
      Tile tile, Tensor rows, HeadPass.Matrix weight, @Nullable Tensor bounded, Arena arena) {
    Tensor logits = arena.take(rows.size(0), tile.width());
    gemm.forward(logits, rows, tile.of(weight), null);
    if (bounded != null) {
      LogProbs.softCap(logits, cap);
      bounded.copy_(logits);
    }
    heat(logits, temperature);
    return logits.sub_(Tensor.ofFloats(tile.max(), tile.max().length, 1)).exp_();
  }
}
