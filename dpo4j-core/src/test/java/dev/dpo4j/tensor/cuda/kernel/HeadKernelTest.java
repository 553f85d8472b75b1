/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static dev.dpo4j.tensor.cuda.kernel.KernelBench.random;

import dev.dpo4j.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The softmax over a tile of the vocabulary, and the optimizer's step. */
class HeadKernelTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  /** Float32 sums of thousands of exponentials, of which the largest is 1. */
  private static final double TOLERANCE = 2e-5;

  private KernelBench bench;

  @BeforeEach
  void open() {
    bench = new KernelBench();
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  // ---- Logits
  // --------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 1000, 4099})
  void theSumsOfARowAreThoseOfItsLogits(int columns) {
    int stride = columns % 8 == 0 ? columns + 8 : columns + 1;
    for (int wide : new int[] {stride, (columns + 15) / 8 * 8}) {
      for (DType dtype : KernelBench.FLOATS) {
        double[] logits = random(4 * wide, columns);
        for (int i = 0; i < logits.length; i++) {
          // The second row rises, so that its largest number changes all the time.
          logits[i] = i / wide == 1 ? 0.01 * (i % wide) : logits[i] * 4;
        }
        // Some tokens of the third row can not come, and one of the fourth is far above.
        Arrays.fill(logits, 2 * wide, 2 * wide + columns / 2, -INFINITY);
        logits[3 * wide + columns / 2] = 300;
        checkStats(bench.of(dtype, logits), columns, wide);
      }
    }
  }

  private void checkStats(Numbers x, int columns, int wide) {
    double[] values = x.values();
    double[][] expected = new double[5][4];
    for (int r = 0; r < 4; r++) {
      double[] row = Arrays.copyOfRange(values, r * wide, r * wide + columns);
      double max = Arrays.stream(row).max().orElseThrow();
      expected[0][r] = max;
      for (double z : row) {
        double e = Math.exp(z - max);
        expected[1][r] += e;
        expected[2][r] += z;
        expected[3][r] += e == 0 ? 0 : e * (z - max);
        expected[4][r] += e * e;
      }
    }
    for (int given = 2; given <= 5; given++) {
      checkStats(x, columns, wide, expected, given);
    }
  }

  /** The last of the five sums may be left out. */
  private void checkStats(Numbers x, int columns, int wide, double[][] expected, int given) {
    List<Numbers> out =
        java.util.stream.IntStream.range(0, 5)
            .mapToObj(i -> bench.empty(DType.FLOAT32, 4))
            .toList();
    bench.run(
        Kernel.LOGIT_STATS,
        args -> {
          args.add(x.address()).add(x.type()).add(4L).add((long) columns).add((long) wide);
          for (int i = 0; i < 5; i++) {
            args.add(i < given ? out.get(i).address() : 0L);
          }
        },
        out,
        () -> {
          for (int i = 0; i < given; i++) {
            KernelBench.assertClose(Kernel.LOGIT_STATS, out.get(i), expected[i], TOLERANCE);
          }
        });
  }

  @Test
  void aRowWithoutAnyTokenSumsToZeroAndNotANumberSpreads() {
    int columns = 300;
    double[] logits = new double[2 * columns];
    Arrays.fill(logits, 0, columns, -INFINITY);
    logits[columns + 100] = Double.NaN;
    for (DType dtype : KernelBench.FLOATS) {
      Numbers x = bench.of(dtype, logits);
      Numbers max = bench.empty(DType.FLOAT32, 2);
      Numbers sum = bench.empty(DType.FLOAT32, 2);
      bench.run(
          Kernel.LOGIT_STATS,
          args ->
              args.add(x.address())
                  .add(x.type())
                  .add(2L)
                  .add((long) columns)
                  .add((long) columns)
                  .add(max.address())
                  .add(sum.address())
                  .add(new long[3], 3, 0),
          List.of(max, sum),
          () -> {
            KernelBench.assertClose(
                Kernel.LOGIT_STATS, max, new double[] {-INFINITY, Double.NaN}, 0);
            KernelBench.assertClose(Kernel.LOGIT_STATS, sum, new double[] {0, Double.NaN}, 0);
          });
    }
  }

  @Test
  void theGradientOfALogitIsItsScaledExponential() {
    for (DType dtype : KernelBench.FLOATS) {
      for (DType outType : List.of(dtype, DType.BFLOAT16)) {
        for (int columns : new int[] {5, 1000, 1003}) {
          int wide = (columns + 15) / 8 * 8;
          Numbers x = bench.of(dtype, random(3 * wide, 1));
          Numbers max = bench.of(DType.FLOAT32, 2, 3, 5);
          Numbers scale = bench.of(DType.FLOAT32, 0.5, -2, 0);
          Numbers out = bench.of(outType, random(3 * columns, 2));
          double[] expected = new double[3 * columns];
          double[] same = x.values();
          for (int i = 0; i < 3 * columns; i++) {
            int r = i / columns;
            int at = r * wide + i % columns;
            expected[i] = Math.exp(same[at] - max.values()[r]) * scale.values()[r];
            same[at] = expected[i];
          }
          bench.check(
              Kernel.LOGIT_GRADIENT,
              gradient(x, columns, wide, max, scale, out, columns),
              out,
              expected,
              2e-6);
          bench.check(
              Kernel.LOGIT_GRADIENT,
              gradient(x, columns, wide, max, scale, x, wide),
              x,
              same,
              2e-6);
        }
      }
    }
  }

  private static Consumer<Arguments> gradient(
      Numbers x, int columns, int wide, Numbers max, Numbers scale, Numbers out, int outWide) {
    return args -> {
      args.add(x.address()).add(x.type()).add(3L).add((long) columns).add((long) wide);
      args.add(max.address()).add(scale.address());
      args.add(out.address()).add(out.type()).add((long) outWide);
    };
  }

  // ---- The optimizer
  // ---------------------------------------------------------------------------------

  @Test
  void theOptimizerStepsAsTorchesFusedAdamW() {
    for (DType gType : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      for (int n : new int[] {1, 8, 1003}) {
        for (boolean clear : new boolean[] {false, true}) {
          checkAdamW(gType, n, clear);
        }
      }
    }
  }

  private static final double LR = 1e-3;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPS = 1e-8;
  private static final double DECAY = 0.1;
  private static final int STEP = 3;
  private static final double SCALE = 0.25;

  private void checkAdamW(DType gType, int n, boolean clear) {
    double[] squares = Arrays.stream(random(n, 4)).map(x -> x * x).toArray();
    Numbers w = bench.of(DType.FLOAT32, random(n, 1));
    Numbers g = bench.of(gType, random(n, 2));
    Numbers m = bench.of(DType.FLOAT32, random(n, 3));
    Numbers v = bench.of(DType.FLOAT32, squares);
    Numbers half = bench.empty(DType.BFLOAT16, n);
    double bias1 = 1 - Math.pow(BETA1, STEP);
    double bias2 = 1 - Math.pow(BETA2, STEP);
    double[] weights = w.values();
    double[] first = m.values();
    double[] second = v.values();
    double[] gradients = g.values();
    double[] left = clear ? new double[n] : gradients;
    for (int i = 0; i < n; i++) {
      double grad = gradients[i] * SCALE;
      first[i] += (1 - BETA1) * (grad - first[i]);
      second[i] = BETA2 * second[i] + (1 - BETA2) * grad * grad;
      double update = first[i] / bias1 / (Math.sqrt(second[i]) / Math.sqrt(bias2) + EPS);
      weights[i] = weights[i] * (1 - LR * DECAY) - LR * update;
    }
    for (boolean copy : new boolean[] {true, false}) {
      bench.run(
          Kernel.ADAMW,
          args -> {
            args.add(w.address()).add(g.address()).add(g.type()).add(m.address());
            args.add(v.address()).add(copy ? half.address() : 0L).add(half.type()).add((long) n);
            args.add(LR).add(BETA1).add(BETA2).add(EPS).add(DECAY).add(bias1).add(bias2);
            args.add(SCALE).add(clear ? 1L : 0L);
          },
          List.of(w, g, m, v, half),
          () -> {
            KernelBench.assertClose(Kernel.ADAMW, w, weights, 3e-7);
            KernelBench.assertClose(Kernel.ADAMW, m, first, 3e-7);
            KernelBench.assertClose(Kernel.ADAMW, v, second, 3e-7);
            KernelBench.assertClose(Kernel.ADAMW, g, left, 0);
            if (copy) {
              KernelBench.assertClose(Kernel.ADAMW, half, w.values(), 0);
            }
          });
    }
  }
}
