/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The head on a vocabulary of several tiles, against the formulas in float64. */
class LogProbHeadTest {
  private static final int VOCABULARY = 2000;
  private static final int SIZE = 8;
  private static final long KEEP_ALL = Long.MAX_VALUE;
  private static final long ONE_CHUNK = 64L << 20;

  private final Random random = new Random(7);
  private final FlatBatch batch =
      FlatBatch.of(
          List.of(
              FlatBatch.Tree.pair(tokens(3), tokens(9), tokens(5)),
              FlatBatch.Tree.pair(tokens(2), tokens(4), tokens(12))));
  private final int rows = batch.scoredRows().length;
  private final float[] hidden = gaussian(rows * SIZE, 3);
  private final float[] weight = gaussian(VOCABULARY * SIZE, 1);
  private final float[] entryWeight = gaussian(batch.entries(), 1);

  private Scope scope;
  private Arena arena;

  @BeforeEach
  void open() {
    scope = Scope.open();
    arena = new Arena(1 << 16);
  }

  @AfterEach
  void close() {
    arena.close();
    scope.close();
  }

  private record Result(TokenStats stats, float[] dHidden, float[] dWeight) {}

  @Test
  void statisticsAreThoseOfTheWholeVocabulary() {
    TokenStats stats = run(ONE_CHUNK, KEEP_ALL).stats();
    for (int e = 0; e < batch.entries(); e++) {
      double[] logits = logits(batch.entryRow()[e]);
      double[] p = softmax(logits);
      int label = batch.entryLabel()[e];
      double entropy = 0;
      double squares = 0;
      double mean = 0;
      boolean top = true;
      for (int v = 0; v < VOCABULARY; v++) {
        entropy -= p[v] > 0 ? p[v] * Math.log(p[v]) : 0;
        squares += p[v] * p[v];
        mean += logits[v] / VOCABULARY;
        top &= logits[v] <= logits[label];
      }
      // Logits of about 30 have 2e-6 in their last place of float32.
      assertThat(stats.logps()[e]).isEqualTo((float) Math.log(p[label]), within(1e-5f));
      assertThat(stats.entropies()[e]).isEqualTo((float) entropy, within(1e-5f));
      assertThat(stats.meanLogits()[e]).isEqualTo((float) mean, within(1e-5f));
      assertThat(stats.logSumSquares()[e]).isEqualTo((float) Math.log(squares), within(1e-5f));
      assertThat(stats.top1()[e]).isEqualTo(top);
    }
  }

  @Test
  void gradientsAreThoseOfTheWholeVocabulary() {
    Result result = run(ONE_CHUNK, KEEP_ALL);
    double[] dHidden = new double[rows * SIZE];
    double[] dWeight = new double[VOCABULARY * SIZE];
    for (int e = 0; e < batch.entries(); e++) {
      int row = batch.entryRow()[e];
      double[] p = softmax(logits(row));
      for (int v = 0; v < VOCABULARY; v++) {
        double dLogit = entryWeight[e] * ((v == batch.entryLabel()[e] ? 1 : 0) - p[v]);
        for (int i = 0; i < SIZE; i++) {
          dHidden[row * SIZE + i] += dLogit * weight[v * SIZE + i];
          dWeight[v * SIZE + i] += dLogit * hidden[row * SIZE + i];
        }
      }
    }
    assertClose(result.dHidden(), dHidden);
    assertClose(result.dWeight(), dWeight);
  }

  @Test
  void neitherChunksNorWhatIsKeptChangeTheResult() {
    Result whole = run(ONE_CHUNK, KEEP_ALL);
    Result recomputed = run(ONE_CHUNK, 0);
    assertThat(recomputed.stats().logps()).containsExactly(whole.stats().logps());
    assertThat(recomputed.dHidden()).containsExactly(whole.dHidden());
    assertThat(recomputed.dWeight()).containsExactly(whole.dWeight());
    Result half = run(ONE_CHUNK, rows * VOCABULARY * 2L);
    assertThat(half.dHidden()).containsExactly(whole.dHidden());
    assertThat(half.dWeight()).containsExactly(whole.dWeight());
    Result chunked = run(5L * 768 * Float.BYTES, KEEP_ALL);
    // Products of five rows add in another order, and so does the sum over rows.
    assertThat(chunked.stats().logps()).containsExactly(whole.stats().logps(), within(1e-5f));
    assertThat(chunked.dHidden()).containsExactly(whole.dHidden(), within(1e-5f));
    assertThat(chunked.dWeight()).containsExactly(whole.dWeight(), within(1e-5f));
  }

  @Test
  void theLogitsOfOneTileAtATimeExist() {
    run(ONE_CHUNK, 0);
    long logits = LogProbHead.tileBytes(rows, VOCABULARY, DType.FLOAT32, ONE_CHUNK);
    assertThat(logits).isEqualTo(rows * 768L * Float.BYTES);
    // The logits, their exponentials, two columns, each on a cache line.
    assertThat(arena.peakBytes()).isLessThan(2 * logits + 2L * (rows + 16) * Float.BYTES + 128);
  }

  private Result run(long chunkBytes, long keepBytes) {
    LogProbHead head = new LogProbHead(new Gemm(DType.FLOAT32), chunkBytes, keepBytes);
    Tensor x = Tensor.ofFloats(hidden, rows, SIZE);
    Tensor w = Tensor.ofFloats(weight, VOCABULARY, SIZE);
    Arena.Mark mark = arena.mark();
    HeadPass pass =
        head.forward(batch, x, HeadPass.Matrix.of(w), LogProbHead.Want.SQUARES, true, arena);
    Tensor dHidden = Tensor.empty(DType.FLOAT32, rows, SIZE);
    Tensor dWeight = Tensor.zeros(DType.FLOAT32, VOCABULARY, SIZE);
    pass.backward(entryWeight, dHidden, HeadPass.Matrix.of(dWeight), arena);
    arena.release(mark);
    return new Result(pass.stats(), dHidden.toFloats(), dWeight.toFloats());
  }

  private double[] logits(int row) {
    double[] logits = new double[VOCABULARY];
    for (int v = 0; v < VOCABULARY; v++) {
      for (int i = 0; i < SIZE; i++) {
        logits[v] += (double) hidden[row * SIZE + i] * weight[v * SIZE + i];
      }
    }
    return logits;
  }

  private static double[] softmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    double[] p = new double[logits.length];
    for (int v = 0; v < p.length; v++) {
      p[v] = Math.exp(logits[v] - max);
      sum += p[v];
    }
    for (int v = 0; v < p.length; v++) {
      p[v] /= sum;
    }
    return p;
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).isEqualTo(expected[i], within(2e-5));
    }
  }

  private int[] tokens(int count) {
    return random.ints(count, 0, VOCABULARY).toArray();
  }

  private float[] gaussian(int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }
}
