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

/** Kernels that take, put and add rows by number. */
class RowsKernelTest {
  /** A few sums of float32 numbers around 1. */
  private static final double TOLERANCE = 2e-6;

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

  /** A matrix with a stride that is wider than its rows. */
  private record Matrix(Numbers numbers, int rows, int columns, int stride) {
    double get(double[] values, int row, int column) {
      return values[row * stride + column];
    }
  }

  private Matrix matrix(DType dtype, int rows, int columns, int stride, long seed) {
    return new Matrix(bench.of(dtype, random(rows * stride, seed)), rows, columns, stride);
  }

  private static Consumer<Arguments> rows(Matrix out, Matrix x, Numbers index) {
    return args ->
        args.add(out.numbers().address())
            .add(out.numbers().type())
            .add(x.numbers().address())
            .add(x.numbers().type())
            .add(index.address())
            .add((long) index.count())
            .add((long) x.columns())
            .add((long) out.stride())
            .add((long) x.stride());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 13, 64, 1024, 1032, 1500})
  void rowsAreGatheredAndScatteredBetweenTypes(int columns) {
    int odd = columns + 3;
    int even = (columns + 15) / 8 * 8;
    for (int stride : new int[] {odd, even}) {
      for (DType outType : List.of(DType.FLOAT32, DType.BFLOAT16)) {
        for (DType xType : List.of(DType.FLOAT32, DType.BFLOAT16)) {
          checkGather(matrix(outType, 4, columns, stride, 1), matrix(xType, 7, columns, stride, 2));
          checkScatter(
              matrix(outType, 7, columns, stride, 1), matrix(xType, 4, columns, stride, 2));
        }
      }
    }
  }

  private void checkGather(Matrix out, Matrix x) {
    double[] index = {6, 0, 3, 3};
    double[] from = x.numbers().values();
    double[] expected = out.numbers().values();
    for (int r = 0; r < 4; r++) {
      for (int c = 0; c < x.columns(); c++) {
        expected[r * out.stride() + c] = x.get(from, (int) index[r], c);
      }
    }
    Numbers numbers = bench.of(DType.INT64, index);
    bench.check(Kernel.GATHER_ROWS, rows(out, x, numbers), out.numbers(), expected, 0);
  }

  private void checkScatter(Matrix out, Matrix x) {
    double[] index = {6, 0, 3, 5};
    double[] from = x.numbers().values();
    double[] expected = out.numbers().values();
    for (int r = 0; r < 4; r++) {
      for (int c = 0; c < x.columns(); c++) {
        expected[(int) index[r] * out.stride() + c] = x.get(from, r, c);
      }
    }
    Numbers numbers = bench.of(DType.INT64, index);
    bench.check(Kernel.SCATTER_ROWS, rows(out, x, numbers), out.numbers(), expected, 0);
  }

  @Test
  void wholeNumbersAreGatheredExactly() {
    Numbers x = bench.of(DType.INT64, (1L << 50) + 1, 2, 3, 4, 5, 6);
    Numbers out = bench.empty(DType.INT64, 4);
    Numbers index = bench.of(DType.INT64, 2, 0);
    Matrix from = new Matrix(x, 3, 2, 2);
    Matrix to = new Matrix(out, 2, 2, 2);
    bench.check(
        Kernel.GATHER_ROWS, rows(to, from, index), out, new double[] {5, 6, (1L << 50) + 1, 2}, 0);
  }

  @Test
  void rowsThatMeetAreAddedInTheirOrder() {
    for (DType outType : KernelBench.FLOATS) {
      for (int columns : new int[] {3, 40, 130}) {
        Matrix out = matrix(outType, 5, columns, columns + 1, 1);
        Matrix x = matrix(DType.BFLOAT16, 21, columns, columns + 2, 2);
        double[] index = KernelBench.randomWhole(21, 5, 3);
        double[] from = x.numbers().values();
        double[] expected = out.numbers().values();
        for (int r = 0; r < 21; r++) {
          for (int c = 0; c < columns; c++) {
            int at = (int) index[r] * out.stride() + c;
            // Each sum is stored before the next: a narrow type rounds each time.
            expected[at] =
                Numbers.round(
                    Numbers.round(expected[at] + x.get(from, r, c), DType.FLOAT32), outType);
          }
        }
        Numbers numbers = bench.of(DType.INT64, index);
        bench.check(Kernel.ADD_ROWS, rows(out, x, numbers), out.numbers(), expected, 0);
      }
    }
  }

  // ---- Single numbers
  // ------------------------------------------------------------------------------

  @Test
  void numbersArePickedByTheirFlatPlace() {
    for (DType dtype : DType.values()) {
      Numbers x = bench.of(dtype, 1, 0, 1, 0, 0, 1, 1);
      Numbers index = bench.of(DType.INT64, 6, 0, 1, 0, 4);
      Numbers out = bench.empty(DType.FLOAT32, 5);
      bench.check(
          Kernel.PICK,
          args ->
              args.add(out.address()).add(x.address()).add(x.type()).add(index.address()).add(5L),
          out,
          new double[] {1, 1, 0, 1, 0},
          0);
    }
  }

  @Test
  void runsOfEqualPlacesAreAddedAtOnce() {
    for (DType dtype : KernelBench.FLOATS) {
      double[] places = new double[300];
      for (int i = 0; i < 300; i++) {
        places[i] = i < 100 ? 2 * i : i < 250 ? 200 : i;
      }
      Numbers x = bench.of(dtype, random(300, 1));
      Numbers index = bench.of(DType.INT64, places);
      Numbers values = bench.of(DType.FLOAT32, random(300, 2));
      double[] expected = x.values();
      double[] add = values.values();
      for (int i = 0; i < 300; i++) {
        expected[(int) places[i]] += add[i];
      }
      bench.check(
          Kernel.ADD_AT,
          args ->
              args.add(x.address())
                  .add(x.type())
                  .add(index.address())
                  .add(values.address())
                  .add(300L),
          x,
          expected,
          1e-5);
    }
  }

  // ---- Keys and values of shared prefixes
  // ------------------------------------------------------------

  @Test
  void gradientsOfRepeatedKeysAreAddedBackForBothIndexTypes() {
    for (DType indexType : List.of(DType.INT32, DType.INT64)) {
      for (DType dtype : List.of(DType.BFLOAT16, DType.FLOAT32)) {
        for (int columns : new int[] {5, 64, 1200}) {
          checkScatterKv(indexType, dtype, columns, 0);
          checkScatterKv(indexType, dtype, columns, 1);
        }
      }
    }
  }

  private void checkScatterKv(DType indexType, DType dtype, int columns, long add) {
    Matrix x = matrix(dtype, 6, columns, columns + 8, 1);
    Matrix out = matrix(dtype, 5, columns, columns, 2);
    int[][] sources = {{0, 3}, {1, 4}, {2, -1}, {5, -1}, {-1, -1}};
    double[] from = x.numbers().values();
    double[] expected = add == 1 ? out.numbers().values() : new double[5 * columns];
    for (int r = 0; r < 5; r++) {
      for (int source : sources[r]) {
        for (int c = 0; c < columns && source >= 0; c++) {
          expected[r * columns + c] += x.get(from, source, c);
        }
      }
    }
    Numbers first = bench.of(indexType, Arrays.stream(sources).mapToDouble(s -> s[0]).toArray());
    Numbers second = bench.of(indexType, Arrays.stream(sources).mapToDouble(s -> s[1]).toArray());
    bench.check(
        Kernel.SCATTER_KV_ADD,
        args -> {
          args.add(out.numbers().address()).add(out.numbers().type());
          args.add(x.numbers().address()).add(x.numbers().type());
          args.add(first.address()).add(second.address()).add(first.type());
          args.add(5L).add((long) columns).add((long) out.stride()).add((long) x.stride()).add(add);
        },
        out.numbers(),
        expected,
        TOLERANCE);
  }

  // ---- Embeddings
  // ------------------------------------------------------------------------------------

  @Test
  void gradientsOfTheRowsOfATokenAreAddedInOrder() {
    for (DType dtype : List.of(DType.BFLOAT16, DType.FLOAT32)) {
      for (int columns : new int[] {5, 64, 1200}) {
        Matrix x = matrix(dtype, 12, columns, columns + 8, 1);
        Matrix out = matrix(DType.FLOAT32, 9, columns, columns, 2);
        int[] order = {3, 0, 1, 2, 5, 7, 8, 9, 11, 4, 6, 10};
        int[] starts = {0, 1, 9, 12};
        int[] tokens = {8, 0, 3};
        double[] from = x.numbers().values();
        double[] expected = out.numbers().values();
        for (int u = 0; u < 3; u++) {
          for (int j = starts[u]; j < starts[u + 1]; j++) {
            for (int c = 0; c < columns; c++) {
              int at = tokens[u] * columns + c;
              expected[at] = (float) (expected[at] + x.get(from, order[j], c));
            }
          }
        }
        Numbers orders = bench.of(DType.INT32, Arrays.stream(order).asDoubleStream().toArray());
        Numbers begins = bench.of(DType.INT32, Arrays.stream(starts).asDoubleStream().toArray());
        Numbers ids = bench.of(DType.INT32, Arrays.stream(tokens).asDoubleStream().toArray());
        bench.check(
            Kernel.EMBEDDING_GRADIENT,
            args -> {
              args.add(out.numbers().address()).add((long) out.stride());
              args.add(x.numbers().address()).add(x.numbers().type());
              args.add(orders.address()).add(begins.address()).add(ids.address());
              args.add(3L).add((long) columns).add((long) x.stride());
            },
            out.numbers(),
            expected,
            0);
      }
    }
  }
}
