/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static dev.dpo4j.tensor.cuda.kernel.KernelBench.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.DType;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels that work number by number, against the same formulas in double. */
class ElementwiseKernelTest {
  private static final int RANK = 6;

  /** A few units of float32 for one or two operations and an exponential. */
  private static final double TOLERANCE = 1e-6;

  private static final double ALPHA = 0.75;

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

  // ---- Operations over contiguous numbers ------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 1000, 1003})
  void everyUnaryOperationIsItsFormulaForEveryPairOfTypes(int n) {
    for (DType outType : KernelBench.FLOATS) {
      for (DType xType : KernelBench.FLOATS) {
        Numbers x = bench.of(xType, random(n, n));
        for (int op = 0; op <= 12; op++) {
          checkUnary(op, outType, x);
        }
      }
    }
  }

  @Test
  void wideTypesAreComputedInDouble() {
    Numbers x = bench.of(DType.FLOAT64, random(37, 5));
    for (int op = 0; op <= 12; op++) {
      double tolerance = op == 0 ? 0 : 1e-14;
      Numbers out = bench.empty(DType.FLOAT64, 37);
      bench.check(Kernel.UNARY, unary(out, x, op), out, map(x.values(), unary(op)), tolerance);
    }
  }

  @Test
  void specialNumbersComeOutAsInJava() {
    double[] special = {
      0, -0.0, 1, -1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 100, -100
    };
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      Numbers x = bench.of(dtype, special);
      for (int op : new int[] {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12}) {
        checkUnary(op, DType.FLOAT32, x);
      }
    }
  }

  private void checkUnary(int op, DType outType, Numbers x) {
    Numbers out = bench.empty(outType, x.count());
    double[] expected =
        map(x.values(), value -> Numbers.round(unary(op).applyAsDouble(value), DType.FLOAT32));
    double tolerance = outType == DType.FLOAT16 ? 2e-6 : TOLERANCE;
    bench.check(
        Kernel.UNARY,
        unary(out, x, op),
        out,
        map(expected, value -> Numbers.round(value, outType)),
        tolerance);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 1003})
  void everyBinaryOperationIsItsFormulaForEveryMixOfTypes(int n) {
    for (DType outType : KernelBench.FLOATS) {
      for (DType aType : KernelBench.FLOATS) {
        for (DType bType : KernelBench.FLOATS) {
          Numbers a = bench.of(aType, random(n, 1));
          Numbers b = bench.of(bType, random(n, 2));
          for (int op = 0; op <= 4; op++) {
            Numbers out = bench.empty(outType, n);
            double[] expected = zip(a.values(), b.values(), binary(op));
            bench.check(Kernel.BINARY, binary(out, a, b, op), out, expected, TOLERANCE);
          }
        }
      }
    }
  }

  @Test
  void aBinaryOperationMayWriteIntoAnOperand() {
    Numbers a = bench.of(DType.BFLOAT16, random(1003, 1));
    Numbers b = bench.of(DType.BFLOAT16, random(1003, 2));
    double[] expected = zip(a.values(), b.values(), binary(2));
    bench.check(Kernel.BINARY, binary(a, a, b, 2), a, expected, TOLERANCE);
    bench.check(Kernel.BINARY, binary(b, a, b, 2), b, expected, TOLERANCE);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT64", "FLOAT32", "BFLOAT16", "FLOAT16"})
  void addcmulAddsTheProductToWhatIsThere(DType dtype) {
    Numbers out = bench.of(dtype, random(1003, 1));
    Numbers a = bench.of(DType.BFLOAT16, random(1003, 2));
    Numbers b = bench.of(DType.FLOAT32, random(1003, 3));
    double[] old = out.values();
    double[] product = zip(a.values(), b.values(), (x, y) -> ALPHA * x * y);
    bench.check(
        Kernel.ADDCMUL,
        args -> shape(addresses(args, out, a, b), 1003).add(ALPHA),
        out,
        zip(old, product, Double::sum),
        TOLERANCE);
  }

  // ---- Conversions
  // -------------------------------------------------------------------------------

  @Test
  void conversionsRoundToNearestEvenAndTruncateToWholeNumbers() {
    double[] values = {
      0, 1, -1, 2.5, 3.5, -2.75, 100, 127, 0.1, 1.00390625, 1.01171875, 65504, 6e-8, 3e-8, 1e-5
    };
    for (DType xType : DType.values()) {
      for (DType outType : DType.values()) {
        Numbers x = bench.of(xType, map(values, value -> fit(value, xType, outType)));
        Numbers out = bench.empty(outType, values.length);
        double[] expected = map(x.values(), value -> stored(value, outType));
        bench.check(Kernel.UNARY, unary(out, x, 0), out, expected, 0);
        assertExactly(Kernel.UNARY, x, out, outType);
      }
    }
  }

  /** Small whole numbers where a side has room for no others. */
  private static double fit(double value, DType xType, DType outType) {
    boolean small = !xType.isFloatingPoint() || !outType.isFloatingPoint();
    boolean unsigned = xType == DType.UINT8 || outType == DType.UINT8;
    return small ? (unsigned ? Math.abs(value) : value) % 128 : value;
  }

  private static double stored(double value, DType dtype) {
    if (dtype == DType.BOOL) {
      return value != 0 ? 1 : 0;
    }
    return dtype.isFloatingPoint() ? Numbers.round(value, dtype) : (long) value;
  }

  /** {@code check} allows the last place of narrow types; a conversion has to hit it. */
  private void assertExactly(Kernel kernel, Numbers x, Numbers out, DType outType) {
    bench.run(
        kernel,
        unary(out, x, 0),
        List.of(out),
        () ->
            assertThat(out.values())
                .as("%s to %s", x.dtype(), outType)
                .containsExactly(map(x.values(), value -> stored(value, outType))));
  }

  @Test
  void largeWholeNumbersAreCopiedExactly() {
    double large = (1L << 52) + 1;
    Numbers x = bench.of(DType.INT64, large, -large, 16777217);
    Numbers whole = bench.empty(DType.INT64, 3);
    Numbers real = bench.empty(DType.FLOAT64, 3);
    bench.run(
        Kernel.UNARY,
        unary(whole, x, 0),
        List.of(whole),
        () -> assertThat(whole.values()).containsExactly(large, -large, 16777217));
    bench.run(
        Kernel.UNARY,
        unary(real, x, 0),
        List.of(real),
        () -> assertThat(real.values()).containsExactly(large, -large, 16777217));
  }

  @Test
  void overflowBecomesInfinityAndNanStaysNan() {
    Numbers x =
        bench.of(
            DType.FLOAT32,
            65519.9,
            65520,
            -1e30,
            Double.NaN,
            Double.NEGATIVE_INFINITY,
            Float.MAX_VALUE,
            1e-40,
            -0.0);
    double infinity = Double.POSITIVE_INFINITY;
    Numbers half = bench.empty(DType.FLOAT16, 8);
    Numbers brain = bench.empty(DType.BFLOAT16, 8);
    bench.check(
        Kernel.UNARY,
        unary(half, x, 0),
        half,
        new double[] {65504, infinity, -infinity, Double.NaN, -infinity, infinity, 0, -0.0},
        0);
    bench.check(
        Kernel.UNARY,
        unary(brain, x, 0),
        brain,
        map(x.values(), value -> Numbers.round(value, DType.BFLOAT16)),
        0);
  }

  // ---- Strides
  // -----------------------------------------------------------------------------------

  /** Out [3, 5, 16] from a transposed matrix and a row that serves for all. */
  @Test
  void transposedAndRepeatedOperandsAreReadByTheirStrides() {
    long[] size = {3, 5, 16};
    double[] aValues = random(3 * 5 * 16, 1);
    double[] bValues = random(16, 2);
    for (DType dtype : KernelBench.FLOATS) {
      Numbers a = bench.of(dtype, aValues);
      Numbers b = bench.of(dtype, bValues);
      Numbers out = bench.empty(dtype, 240);
      long[] outStride = {80, 16, 1};
      long[] aStride = {1, 3, 15};
      long[] bStride = {0, 0, 1};
      double[] x = a.values();
      double[] y = b.values();
      double[] expected = new double[240];
      for (int i = 0; i < 240; i++) {
        int r = i / 80;
        int s = i / 16 % 5;
        int t = i % 16;
        expected[i] = x[r + 3 * s + 15 * t] * y[t];
      }
      bench.check(
          Kernel.BINARY,
          args ->
              strides(addresses(args, out, a, b), 240, size, outStride, aStride, bStride)
                  .add(2L)
                  .add(1.0),
          out,
          expected,
          TOLERANCE);
    }
  }

  /** Rows of a wider matrix times one number a row, with and without packs of eight. */
  @ParameterizedTest
  @CsvSource({"8, 40", "24, 40", "13, 40", "24, 41", "16, 44"})
  void rowsOfAWiderMatrixAreScaledByOneNumberEach(int columns, int wide) {
    int rows = 9;
    Numbers out = bench.of(DType.BFLOAT16, random(rows * wide, 1));
    Numbers scale = bench.of(DType.FLOAT32, random(rows, 2));
    double[] expected = out.values();
    double[] factors = scale.values();
    for (int i = 0; i < rows * columns; i++) {
      int at = i / columns * wide + i % columns;
      expected[at] = expected[at] * factors[i / columns];
    }
    bench.check(
        Kernel.BINARY,
        args ->
            strides(
                    addresses(args, out, out, scale),
                    (long) rows * columns,
                    new long[] {rows, columns},
                    new long[] {wide, 1},
                    new long[] {wide, 1},
                    new long[] {1, 0})
                .add(2L)
                .add(1.0),
        out,
        expected,
        TOLERANCE);
  }

  @Test
  void operandsThatLieAtOddPlacesGiveTheSame() {
    Numbers x = bench.of(DType.BFLOAT16, random(101, 1));
    Numbers out = bench.of(DType.FLOAT32, new double[101]);
    double[] expected = x.values();
    expected[0] = 0;
    bench.check(
        Kernel.UNARY,
        args ->
            strides(
                    args.add(out.at(1)).add(out.type()).add(x.at(1)).add(x.type()),
                    100,
                    new long[] {100},
                    new long[] {1},
                    new long[] {1})
                .add(0L)
                .add(0.0),
        out,
        expected,
        0);
  }

  @Test
  void sixDimensionsAreWalkedInOrder() {
    long[] size = {2, 3, 2, 1, 3, 5};
    long[] straight = {90, 30, 15, 15, 5, 1};
    long[] turned = {1, 2, 6, 12, 12, 36};
    Numbers x =
        bench.of(DType.INT64, java.util.stream.IntStream.range(0, 180).asDoubleStream().toArray());
    Numbers out = bench.empty(DType.INT64, 180);
    double[] expected = new double[180];
    for (int i = 0; i < 180; i++) {
      int rest = i;
      for (int d = 5; d >= 0; d--) {
        expected[i] += turned[d] * (rest % size[d]);
        rest /= (int) size[d];
      }
    }
    bench.check(
        Kernel.UNARY,
        args ->
            strides(
                    args.add(out.address()).add(out.type()).add(x.address()).add(x.type()),
                    180,
                    size,
                    straight,
                    turned)
                .add(0L)
                .add(0.0),
        out,
        expected,
        0);
  }

  @Test
  void aNumberWithoutDimensionsIsOneNumber() {
    Numbers x = bench.of(DType.FLOAT32, 3);
    Numbers out = bench.empty(DType.BFLOAT16, 1);
    bench.check(
        Kernel.UNARY,
        args ->
            strides(
                    args.add(out.address()).add(out.type()).add(x.address()).add(x.type()),
                    1,
                    new long[0],
                    new long[0],
                    new long[0])
                .add(9L)
                .add(0.5),
        out,
        new double[] {1.5},
        0);
  }

  @Test
  void fillWritesWholeNumbersAndReadsNothing() {
    for (DType dtype : DType.values()) {
      Numbers out = bench.empty(dtype, 19);
      double[] expected = new double[19];
      java.util.Arrays.fill(expected, 1);
      bench.check(
          Kernel.UNARY,
          args ->
              strides(
                      args.add(out.address()).add(out.type()).add(0L).add(0L),
                      19,
                      new long[] {19},
                      new long[] {1},
                      new long[] {0})
                  .add(7L)
                  .add(1.0),
          out,
          expected,
          0);
    }
  }

  // ---- Structs and formulas --------------------------------------------------------------------

  private static java.util.function.Consumer<Arguments> unary(Numbers out, Numbers x, int op) {
    return args ->
        shape(args.add(out.address()).add(out.type()).add(x.address()).add(x.type()), x.count(), 2)
            .add((long) op)
            .add(ALPHA);
  }

  private static java.util.function.Consumer<Arguments> binary(
      Numbers out, Numbers a, Numbers b, int op) {
    return args -> shape(addresses(args, out, a, b), out.count()).add((long) op).add(ALPHA);
  }

  private static Arguments addresses(Arguments args, Numbers... numbers) {
    for (Numbers x : numbers) {
      args.add(x.address()).add(x.type());
    }
    return args;
  }

  private static Arguments shape(Arguments args, int n) {
    return shape(args, n, 3);
  }

  private static Arguments shape(Arguments args, int n, int operands) {
    long[][] ones = new long[operands][];
    java.util.Arrays.fill(ones, new long[] {1});
    return strides(args, n, new long[] {n}, ones);
  }

  private static Arguments strides(Arguments args, long n, long[] size, long[]... strides) {
    args.add(n).add((long) size.length).add(size, RANK, 1);
    for (long[] stride : strides) {
      args.add(stride, RANK, 0);
    }
    return args;
  }

  private static DoubleUnaryOperator unary(int op) {
    return switch (op) {
      case 0 -> x -> x;
      case 1 -> Math::exp;
      case 2 -> Math::log;
      case 3 -> Math::sqrt;
      case 4 -> x -> 1 / Math.sqrt(x);
      case 5 -> Math::abs;
      case 6 -> x -> x * sigmoid(x);
      case 7 -> x -> ALPHA;
      case 8 -> x -> x + ALPHA;
      case 9 -> x -> x * ALPHA;
      case 10 -> x -> Math.max(x, ALPHA);
      case 11 -> x -> -x;
      default -> x -> 1 / x;
    };
  }

  private static DoubleBinaryOperator binary(int op) {
    return switch (op) {
      case 0 -> (a, b) -> a + ALPHA * b;
      case 1 -> (a, b) -> a - b;
      case 2 -> (a, b) -> a * b;
      case 3 -> (a, b) -> a / b;
      default -> (a, b) -> a * sigmoid(b) * (1 + b * (1 - sigmoid(b)));
    };
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    return java.util.Arrays.stream(x).map(f).toArray();
  }

  private static double[] zip(double[] a, double[] b, DoubleBinaryOperator f) {
    double[] out = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      out[i] = f.applyAsDouble(a[i], b[i]);
    }
    return out;
  }
}
