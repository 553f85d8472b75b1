/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static dev.dpo4j.tensor.cuda.kernel.KernelBench.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums, norms, largest numbers and softmax over rows and columns, against sums in double. */
class ReduceKernelTest {
  private static final int RANK = 6;
  private static final double NAN = Double.NaN;
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  /** Sums of a few thousand float32 numbers around 1, some of which cancel. */
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

  /** Widths on both sides of what a warp takes and of packs of eight. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 33, 1000, 1024, 1025, 2048, 4099})
  void rowsAreReducedForEveryTypeAndWidth(int columns) {
    int rows = 5;
    for (DType dtype : KernelBench.FLOATS) {
      Numbers x = bench.of(dtype, random(rows * columns, columns));
      double[] values = x.values();
      for (int op = 0; op < 3; op++) {
        double[] expected = new double[rows];
        for (int r = 0; r < rows; r++) {
          expected[r] = reduce(Arrays.copyOfRange(values, r * columns, (r + 1) * columns), op);
        }
        Numbers out = bench.empty(DType.FLOAT32, rows);
        bench.check(
            Kernel.REDUCE_LAST,
            reduceLast(out, x, new long[] {rows}, columns, new long[] {columns}, 1, op),
            out,
            expected,
            TOLERANCE);
      }
    }
  }

  @Test
  void rowsOfSeveralDimensionsAndSpreadColumnsAreReduced() {
    // x[i, j, c] lies at 7 i + 1 j + 21 c: the columns are spread.
    Numbers x = bench.of(DType.BFLOAT16, random(21 * 11, 3));
    double[] values = x.values();
    for (int op = 0; op < 3; op++) {
      double[] expected = new double[21];
      for (int row = 0; row < 21; row++) {
        double[] line = new double[11];
        for (int c = 0; c < 11; c++) {
          line[c] = values[row + 21 * c];
        }
        expected[row] = reduce(line, op);
      }
      Numbers out = bench.empty(DType.FLOAT32, 21);
      bench.check(
          Kernel.REDUCE_LAST,
          reduceLast(out, x, new long[] {3, 7}, 11, new long[] {7, 1}, 21, op),
          out,
          expected,
          TOLERANCE);
    }
  }

  @Test
  void rowsThatRepeatByStrideZeroAreReducedEach() {
    Numbers x = bench.of(DType.FLOAT32, random(16, 3));
    Numbers out = bench.empty(DType.BFLOAT16, 4);
    double sum = Arrays.stream(x.values()).sum();
    bench.check(
        Kernel.REDUCE_LAST,
        reduceLast(out, x, new long[] {4}, 16, new long[] {0}, 1, 0),
        out,
        new double[] {sum, sum, sum, sum},
        TOLERANCE);
  }

  @Test
  void wideTypesAreSummedInDouble() {
    Numbers counts = bench.of(DType.INT64, 16777217, 1, 1, 1);
    Numbers reals = bench.of(DType.FLOAT64, 1e16, 1, -1e16, 1);
    Numbers whole = bench.empty(DType.INT64, 1);
    Numbers real = bench.empty(DType.FLOAT64, 2);
    bench.check(
        Kernel.REDUCE_LAST,
        reduceLast(whole, counts, new long[] {1}, 4, new long[] {4}, 1, 0),
        whole,
        new double[] {16777220},
        0);
    bench.check(
        Kernel.REDUCE_LAST,
        reduceLast(real, reals, new long[] {2}, 2, new long[] {2}, 1, 0),
        real,
        new double[] {1e16, -1e16},
        0);
  }

  @Test
  void notANumberWinsAndInfinityIsTheLargest() {
    for (int columns : new int[] {8, 1032}) {
      double[] values = new double[4 * columns];
      values[columns - 1] = NAN;
      values[columns] = INFINITY;
      Arrays.fill(values, 2 * columns, 3 * columns, -INFINITY);
      values[4 * columns - 2] = -INFINITY;
      Numbers x = bench.of(DType.BFLOAT16, values);
      Numbers out = bench.empty(DType.FLOAT32, 4);
      bench.check(
          Kernel.REDUCE_LAST,
          reduceLast(out, x, new long[] {4}, columns, new long[] {columns}, 1, 1),
          out,
          new double[] {NAN, INFINITY, -INFINITY, 0},
          0);
      bench.check(
          Kernel.REDUCE_LAST,
          reduceLast(out, x, new long[] {4}, columns, new long[] {columns}, 1, 0),
          out,
          new double[] {NAN, INFINITY, -INFINITY, -INFINITY},
          0);
    }
  }

  @Test
  void anEmptyRowSumsToZero() {
    Numbers x = bench.of(DType.FLOAT32, 1);
    Numbers out = bench.empty(DType.FLOAT32, 3);
    bench.check(
        Kernel.REDUCE_LAST,
        reduceLast(out, x, new long[] {3}, 0, new long[] {0}, 1, 0),
        out,
        new double[3],
        0);
  }

  private static double reduce(double[] line, int op) {
    return switch (op) {
      case 0 -> Arrays.stream(line).sum();
      case 1 -> Arrays.stream(line).max().orElse(-INFINITY);
      default -> Math.sqrt(Arrays.stream(line).map(x -> x * x).sum());
    };
  }

  private static Consumer<Arguments> reduceLast(
      Numbers out, Numbers x, long[] size, int columns, long[] stride, int columnStride, int op) {
    return args -> rows(args, out, x, size, columns, stride, columnStride).add((long) op);
  }

  private static Arguments rows(
      Arguments args,
      Numbers out,
      Numbers x,
      long[] size,
      int columns,
      long[] stride,
      int columnStride) {
    return args.add(out.address())
        .add(out.type())
        .add(x.address())
        .add(x.type())
        .add(Arrays.stream(size).reduce(1, (a, b) -> a * b))
        .add((long) columns)
        .add((long) size.length)
        .add(size, RANK, 1)
        .add(stride, RANK, 0)
        .add((long) columnStride);
  }

  // ---- The first of the largest
  // ------------------------------------------------------------------

  @Test
  void argmaxIsTheFirstOfTheLargestAndNotANumberIsLargest() {
    for (DType dtype : KernelBench.FLOATS) {
      for (int columns : new int[] {1, 31, 200, 1500}) {
        double[] values = KernelBench.randomWhole(6 * columns, 50, columns);
        values[3 * columns - 1] = NAN;
        Arrays.fill(values, 3 * columns, 4 * columns, -INFINITY);
        Arrays.fill(values, 4 * columns, 5 * columns, NAN);
        Numbers x = bench.of(dtype, values);
        double[] expected = new double[6];
        for (int r = 0; r < 6; r++) {
          expected[r] = first(Arrays.copyOfRange(values, r * columns, (r + 1) * columns));
        }
        Numbers out = bench.empty(DType.INT64, 6);
        bench.check(
            Kernel.ARGMAX_LAST,
            args -> rows(args, out, x, new long[] {6}, columns, new long[] {columns}, 1),
            out,
            expected,
            0);
      }
    }
  }

  @Test
  void argmaxTellsLargeWholeNumbersApart() {
    Numbers x = bench.of(DType.INT64, 1L << 40, (1L << 40) + 1, 5);
    Numbers out = bench.empty(DType.INT64, 1);
    bench.check(
        Kernel.ARGMAX_LAST,
        args -> rows(args, out, x, new long[] {1}, 3, new long[] {3}, 1),
        out,
        new double[] {1},
        0);
  }

  private static int first(double[] line) {
    int best = 0;
    for (int c = 1; c < line.length; c++) {
      if (line[c] > line[best] || (Double.isNaN(line[c]) && !Double.isNaN(line[best]))) {
        best = c;
      }
    }
    return best;
  }

  // ---- Columns
  // -----------------------------------------------------------------------------------

  @Test
  void columnsAreSummedWithAndWithoutWhatIsThere() {
    for (DType dtype : KernelBench.FLOATS) {
      for (int[] size : new int[][] {{1, 517, 100}, {1, 3, 32}, {4, 9, 33}, {2, 1, 7}}) {
        checkColumns(dtype, size[0], size[1], size[2], size[1] * size[2], size[2], 1);
      }
      // The inner dimension is the spread one.
      checkColumns(dtype, 1, 40, 37, 0, 1, 40);
    }
  }

  private void checkColumns(
      DType dtype, int outer, int n, int inner, int outerStride, int nStride, int innerStride) {
    Numbers x = bench.of(dtype, random(outer * n * inner, n));
    double[] values = x.values();
    for (long add = 0; add < 2; add++) {
      long adds = add;
      Numbers out = bench.of(DType.FLOAT32, random(outer * inner, 1));
      double[] expected = add == 1 ? out.values() : new double[outer * inner];
      for (int o = 0; o < outer; o++) {
        for (int j = 0; j < n; j++) {
          for (int i = 0; i < inner; i++) {
            expected[o * inner + i] += values[o * outerStride + j * nStride + i * innerStride];
          }
        }
      }
      bench.check(
          Kernel.REDUCE_MIDDLE,
          args -> {
            args.add(out.address()).add(out.type()).add(x.address()).add(x.type());
            args.add((long) outer).add((long) n).add((long) inner);
            args.add((long) outerStride).add((long) nStride).add((long) innerStride).add(adds);
          },
          out,
          expected,
          TOLERANCE);
    }
  }

  // ---- The whole
  // ---------------------------------------------------------------------------------

  @Test
  void squaresAreSummedInDoubleByBlocks() {
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT64)) {
      for (int n : new int[] {1, 8, 10007}) {
        Numbers x = bench.of(dtype, random(n, n));
        double expected = Arrays.stream(x.values()).map(v -> v * v).sum();
        for (KernelBench.Launch launch : KernelBench.LAUNCHES) {
          int blocks = (int) (launch.gridX() * launch.gridY());
          Numbers partial = bench.empty(DType.FLOAT64, blocks);
          bench.run(
              Kernel.SUM_SQUARES,
              launch,
              args -> args.add(partial.address()).add(x.address()).add(x.type()).add((long) n),
              List.of(partial));
          // Only the order of the sums in double differs.
          assertThat(Arrays.stream(partial.values()).sum())
              .isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-12 * expected));
        }
      }
    }
  }

  // ---- Softmax
  // -----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 64, 1000, 1025, 2056})
  void softmaxOfEveryRowSumsToOne(int columns) {
    int rows = 4;
    for (DType dtype : KernelBench.FLOATS) {
      double[] values = random(rows * columns, columns);
      if (columns > 1) {
        values[1] = -INFINITY;
      }
      values[columns] = 80;
      Arrays.fill(values, 2 * columns, 3 * columns, -INFINITY);
      Numbers x = bench.of(dtype, values);
      double[] expected = new double[rows * columns];
      for (int r = 0; r < rows; r++) {
        softmax(x.values(), r * columns, columns, expected);
      }
      Numbers out = bench.empty(DType.FLOAT32, rows * columns);
      bench.check(Kernel.SOFTMAX, softmax(out, x, rows, columns), out, expected, 2e-6);
      bench.check(Kernel.SOFTMAX, softmax(x, x, rows, columns), x, expected, 2e-6);
    }
  }

  private static void softmax(double[] x, int from, int columns, double[] out) {
    double max = -INFINITY;
    double sum = 0;
    for (int c = 0; c < columns; c++) {
      max = Math.max(max, x[from + c]);
    }
    for (int c = 0; c < columns; c++) {
      sum += Math.exp(x[from + c] - max);
    }
    for (int c = 0; c < columns; c++) {
      out[from + c] = Math.exp(x[from + c] - max) / sum;
    }
  }

  private static Consumer<Arguments> softmax(Numbers out, Numbers x, int rows, int columns) {
    return args ->
        args.add(out.address())
            .add(out.type())
            .add(x.address())
            .add(x.type())
            .add((long) rows)
            .add((long) columns);
  }
}
