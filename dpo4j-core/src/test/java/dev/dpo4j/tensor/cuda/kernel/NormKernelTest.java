/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static dev.dpo4j.tensor.cuda.kernel.KernelBench.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.DType;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Normalisation by the root mean square, its gradients, and rotary embeddings. */
class NormKernelTest {
  private static final int ROWS = 5;
  private static final double EPS = 1e-5;

  /** Means of up to two thousand float32 products, and a root. */
  private static final double TOLERANCE = 5e-6;

  /** Types of the input and of the weights. */
  private static final List<List<DType>> TYPES =
      List.of(
          List.of(DType.FLOAT32, DType.FLOAT32),
          List.of(DType.BFLOAT16, DType.BFLOAT16),
          List.of(DType.FLOAT32, DType.BFLOAT16),
          List.of(DType.FLOAT16, DType.FLOAT32));

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

  private static double inverse(double[] x, int from, int size) {
    double squares = 0;
    for (int c = 0; c < size; c++) {
      squares += x[from + c] * x[from + c];
    }
    return 1 / Math.sqrt(squares / size + EPS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 64, 896, 1000, 1032, 2049})
  void rowsAreScaledToARootMeanSquareOfOne(int size) {
    int stride = size % 16 == 0 ? size + 8 : size + 1;
    for (List<DType> types : TYPES) {
      Numbers x = bench.of(types.get(0), random(ROWS * stride, 1));
      Numbers w = bench.of(types.get(1), random(size, 2));
      Numbers out = bench.of(types.get(0), random(ROWS * stride, 3));
      Numbers inverse = bench.empty(DType.FLOAT32, ROWS);
      double[] values = x.values();
      double[] weights = w.values();
      double[] expected = out.values();
      double[] inverses = new double[ROWS];
      for (int r = 0; r < ROWS; r++) {
        inverses[r] = inverse(values, r * stride, size);
        for (int c = 0; c < size; c++) {
          expected[r * stride + c] = values[r * stride + c] * inverses[r] * weights[c];
        }
      }
      Runnable close =
          () -> {
            KernelBench.assertClose(Kernel.RMS_NORM, out, expected, TOLERANCE);
            KernelBench.assertClose(Kernel.RMS_NORM, inverse, inverses, TOLERANCE);
          };
      bench.run(
          Kernel.RMS_NORM,
          args ->
              norm(args, out, inverse, x, w, size, stride)
                  .add(EPS)
                  .add(new long[4], 4, 0)
                  .add(new long[] {ROWS}, 3, 0),
          List.of(out, inverse),
          close);
      Numbers given = bench.of(DType.FLOAT32, inverses);
      bench.check(
          Kernel.RMS_NORM_APPLY,
          args -> norm(args, out, given, x, w, size, stride),
          out,
          expected,
          TOLERANCE);
    }
  }

  private static Arguments norm(
      Arguments args, Numbers out, Numbers inverse, Numbers x, Numbers w, int size, int stride) {
    args.add(out.address()).add(out.type()).add(inverse.address());
    args.add(x.address()).add(x.type()).add(w.address()).add(w.type());
    return args.add((long) ROWS).add((long) size).add((long) stride).add((long) stride);
  }

  /** The sum is rounded to its type first, so that the backward pass sees what was normalised. */
  @ParameterizedTest
  @ValueSource(ints = {13, 64, 1032, 2049})
  void theResidualIsAddedBeforeTheNorm(int size) {
    for (DType dtype : KernelBench.FLOATS) {
      Numbers x = bench.of(dtype, random(ROWS * size, 1));
      Numbers residual = bench.of(dtype, random(ROWS * size, 2));
      Numbers w = bench.of(dtype, random(size, 3));
      Numbers out = bench.empty(dtype, ROWS * size);
      Numbers sum = bench.empty(dtype, ROWS * size);
      Numbers inverse = bench.empty(DType.FLOAT32, ROWS);
      double[] sums = x.values();
      double[] more = residual.values();
      double[] weights = w.values();
      for (int i = 0; i < sums.length; i++) {
        sums[i] = Numbers.round((float) (sums[i] + more[i]), dtype);
      }
      double[] expected = new double[ROWS * size];
      for (int i = 0; i < expected.length; i++) {
        int from = i / size * size;
        expected[i] = sums[i] * inverse(sums, from, size) * weights[i - from];
      }
      bench.run(
          Kernel.RMS_NORM,
          args ->
              norm(args, out, inverse, x, w, size, size)
                  .add(EPS)
                  .add(residual.address())
                  .add(residual.type())
                  .add(sum.address())
                  .add(sum.type())
                  .add(new long[] {ROWS}, 3, 0),
          List.of(out, inverse, sum),
          () -> {
            assertThat(sum.values()).containsExactly(sums);
            KernelBench.assertClose(Kernel.RMS_NORM, out, expected, TOLERANCE);
          });
      // The sum may take the place of the residual.
      bench.run(
          Kernel.RMS_NORM,
          args ->
              norm(args, out, inverse, x, w, size, size)
                  .add(EPS)
                  .add(residual.address())
                  .add(residual.type())
                  .add(residual.address())
                  .add(residual.type())
                  .add(new long[] {ROWS}, 3, 0),
          List.of(out, inverse, residual),
          () -> assertThat(residual.values()).containsExactly(sums));
    }
  }

  /** As heads of queries, which lie beside those of keys and values, are normed in their place. */
  @ParameterizedTest
  @ValueSource(ints = {1, 24, 64, 1032})
  void rowsInGroupsThatLieApartAreNormedInTheirPlace(int size) {
    int heads = 3;
    int rows = 4 * heads;
    int apart = (heads + 2) * size;
    for (DType dtype : KernelBench.FLOATS) {
      Numbers x = bench.of(dtype, random(4 * apart, 1));
      Numbers w = bench.of(DType.FLOAT32, random(size, 2));
      Numbers inverse = bench.empty(DType.FLOAT32, rows);
      double[] expected = x.values();
      double[] values = x.values();
      double[] weights = w.values();
      for (int r = 0; r < rows; r++) {
        int at = r / heads * apart + r % heads * size;
        for (int c = 0; c < size; c++) {
          expected[at + c] = values[at + c] * inverse(values, at, size) * weights[c];
        }
      }
      bench.run(
          Kernel.RMS_NORM,
          args -> {
            args.add(x.address()).add(x.type()).add(inverse.address());
            args.add(x.address()).add(x.type()).add(w.address()).add(w.type());
            args.add((long) rows).add((long) size).add((long) size).add((long) size);
            args.add(EPS).add(new long[4], 4, 0);
            args.add((long) heads).add((long) apart).add((long) apart);
          },
          List.of(x, inverse),
          () -> KernelBench.assertClose(Kernel.RMS_NORM, x, expected, TOLERANCE));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 30, 64, 1000, 1032, 2049})
  void theGradientOfTheInputIsThatOfTheFormula(int size) {
    int stride = size % 16 == 0 ? size + 8 : size + 1;
    for (List<DType> types : TYPES) {
      Numbers x = bench.of(types.get(0), random(ROWS * stride, 1));
      Numbers dy = bench.of(types.get(0), random(ROWS * stride, 2));
      Numbers w = bench.of(types.get(1), random(size, 3));
      double[] inverses = new double[ROWS];
      double[] values = x.values();
      for (int r = 0; r < ROWS; r++) {
        inverses[r] = inverse(values, r * stride, size);
      }
      Numbers inverse = bench.of(DType.FLOAT32, inverses);
      for (long assign = 0; assign < 2; assign++) {
        long assigns = assign;
        Numbers dx = bench.of(types.get(0), random(ROWS * stride, 4));
        double[] expected =
            inputGradient(dx.values(), dy.values(), x.values(), w.values(), size, assign == 1);
        bench.check(
            Kernel.RMS_NORM_BACKWARD,
            args -> {
              args.add(dx.address()).add(dx.type()).add(dy.address()).add(dy.type());
              args.add(x.address()).add(x.type()).add(inverse.address());
              args.add(w.address()).add(w.type()).add((long) ROWS).add((long) size);
              args.add((long) stride).add((long) stride).add((long) stride).add(assigns);
            },
            dx,
            expected,
            TOLERANCE);
      }
    }
  }

  private static double[] inputGradient(
      double[] dx, double[] dy, double[] x, double[] w, int size, boolean assign) {
    int stride = dx.length / ROWS;
    for (int r = 0; r < ROWS; r++) {
      int at = r * stride;
      double inverse = inverse(x, at, size);
      double mean = 0;
      for (int c = 0; c < size; c++) {
        mean += dy[at + c] * w[c] * x[at + c] * inverse / size;
      }
      for (int c = 0; c < size; c++) {
        double d = inverse * (dy[at + c] * w[c] - x[at + c] * inverse * mean);
        dx[at + c] = assign ? d : dx[at + c] + d;
      }
    }
    return dx;
  }

  @Test
  void theGradientOfTheWeightsIsSummedByShares() {
    int rows = 23;
    for (DType dtype : KernelBench.FLOATS) {
      for (int size : new int[] {5, 64, 1000}) {
        Numbers x = bench.of(dtype, random(rows * size, 1));
        Numbers dy = bench.of(dtype, random(rows * size, 2));
        Numbers inverse = bench.of(DType.FLOAT32, random(rows, 3));
        double[] expected = new double[size];
        double[] gradients = dy.values();
        double[] values = x.values();
        double[] inverses = inverse.values();
        for (int i = 0; i < rows * size; i++) {
          expected[i % size] += gradients[i] * values[i] * inverses[i / size];
        }
        for (KernelBench.Launch launch :
            List.of(
                new KernelBench.Launch(1, 1, 64),
                new KernelBench.Launch(2, 4, 32),
                new KernelBench.Launch(1, 40, 128))) {
          checkShares(launch, dy, x, inverse, size, expected);
        }
      }
    }
  }

  private void checkShares(
      KernelBench.Launch launch,
      Numbers dy,
      Numbers x,
      Numbers inverse,
      int size,
      double[] expected) {
    int shares = (int) launch.gridY();
    Numbers partial = bench.empty(DType.FLOAT32, shares * size);
    bench.run(
        Kernel.RMS_NORM_WEIGHT_GRADIENT,
        launch,
        args -> {
          args.add(partial.address()).add(dy.address()).add(dy.type());
          args.add(x.address()).add(x.type()).add(inverse.address());
          args.add((long) inverse.count()).add((long) size).add((long) size).add((long) size);
        },
        List.of(partial));
    double[] parts = partial.values();
    double[] sums = new double[size];
    for (int i = 0; i < parts.length; i++) {
      sums[i % size] += parts[i];
    }
    Numbers total = bench.of(DType.FLOAT32, sums);
    KernelBench.assertClose(Kernel.RMS_NORM_WEIGHT_GRADIENT, total, expected, 2e-5);
  }

  // ---- Rotary embeddings
  // ---------------------------------------------------------------------------

  @Test
  void theTablesHoldTheCosineOfTheAngleRoundedToFloat() {
    int half = 5;
    double[] frequencies = {1, 0.31622776601683794, 0.1, 0.01, 1e-4};
    double[] positions = {0, 1, 7, 1000, 131071};
    double factor = 1.3;
    Numbers at = bench.of(DType.INT32, positions);
    Numbers inverse = bench.of(DType.FLOAT64, frequencies);
    Numbers cos = bench.empty(DType.FLOAT32, 25);
    Numbers sin = bench.empty(DType.FLOAT32, 25);
    double[] cosines = new double[25];
    double[] sines = new double[25];
    for (int i = 0; i < 25; i++) {
      float angle = (float) frequencies[i % half] * (int) positions[i / half];
      cosines[i] = Math.cos(angle) * factor;
      sines[i] = Math.sin(angle) * factor;
    }
    // The angle is the same float: only the last place of the result may differ.
    bench.run(
        Kernel.ROPE_TABLE,
        args ->
            args.add(cos.address())
                .add(sin.address())
                .add(at.address())
                .add(inverse.address())
                .add(5L)
                .add((long) half)
                .add(factor),
        List.of(cos, sin),
        () -> {
          KernelBench.assertClose(Kernel.ROPE_TABLE, cos, cosines, 6e-8);
          KernelBench.assertClose(Kernel.ROPE_TABLE, sin, sines, 6e-8);
        });
  }

  @Test
  void headsAreRotatedForwardsAndBackwardsAndBeyondTheTableNothingChanges() {
    for (DType dtype : KernelBench.FLOATS) {
      for (int half : new int[] {3, 8, 32}) {
        for (int rowDim = 0; rowDim < 2; rowDim++) {
          for (int sign = -1; sign <= 1; sign += 2) {
            checkRotation(dtype, half, rowDim, sign);
          }
        }
      }
    }
  }

  /** Of [3, 4, 2, 2 * half + 8], whose first and second dimensions change places in the result. */
  private void checkRotation(DType dtype, int half, int rowDim, int sign) {
    int wide = 2 * half + 8;
    int count = 3 * 4 * 2 * wide;
    Numbers x = bench.of(dtype, random(count, 1));
    Numbers out = bench.of(dtype, random(count, 2));
    int rows = rowDim == 0 ? 3 : 4;
    Numbers cos = bench.of(DType.FLOAT32, random(rows * half, 3));
    Numbers sin = bench.of(DType.FLOAT32, random(rows * half, 4));
    long[] outStride = {2 * wide, 6 * wide, wide};
    long[] xStride = {8 * wide, 2 * wide, wide};
    double[] expected = out.values();
    double[] same = x.values();
    double[] values = x.values();
    double[] cosines = cos.values();
    double[] sines = sin.values();
    for (int i = 0; i < 24 * half; i++) {
      int c = i % half;
      int i2 = i / half % 2;
      int i1 = i / half / 2 % 4;
      int i0 = i / half / 8;
      int row = (rowDim == 0 ? i0 : i1) * half + c;
      int from = i0 * 8 * wide + i1 * 2 * wide + i2 * wide + c;
      int to = i0 * 2 * wide + i1 * 6 * wide + i2 * wide + c;
      double cosine = cosines[row];
      double sine = sines[row];
      double first = values[from] * cosine + sign * values[from + half] * sine;
      double second = values[from + half] * cosine - sign * values[from] * sine;
      expected[to] = first;
      expected[to + half] = second;
      same[from] = first;
      same[from + half] = second;
    }
    bench.check(
        Kernel.ROTATE,
        rotate(out, x, cos, sin, half, outStride, xStride, rowDim, sign),
        out,
        expected,
        TOLERANCE);
    bench.check(
        Kernel.ROTATE,
        rotate(x, x, cos, sin, half, xStride, xStride, rowDim, sign),
        x,
        same,
        TOLERANCE);
  }

  private static Consumer<Arguments> rotate(
      Numbers out,
      Numbers x,
      Numbers cos,
      Numbers sin,
      int half,
      long[] outStride,
      long[] xStride,
      int rowDim,
      int sign) {
    return args -> {
      args.add(out.address()).add(out.type()).add(x.address()).add(x.type());
      args.add(cos.address()).add(sin.address());
      args.add(3L).add(4L).add(2L).add((long) half);
      args.add(outStride, 3, 0).add(xStride, 3, 0).add((long) rowDim).add((long) sign);
    };
  }
}
