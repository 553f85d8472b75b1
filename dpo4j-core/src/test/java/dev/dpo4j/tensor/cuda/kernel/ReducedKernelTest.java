/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.DType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Numbers of few bits. */
class ReducedKernelTest {
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

  @Test
  void mantissasAreRoundedAsWholeNumbers() {
    Numbers x = bench.of(DType.INT32, 0x3f800000, 0x3f80ffff, 0x3f818000, -1, 7);
    // Adds half a unit of bfloat16 and cuts off the rest; the sum may run over.
    bench.check(
        Kernel.ROUND_MANTISSA,
        args -> args.add(x.address()).add(5L).add(0x8000L).add(0xffff0000L),
        x,
        new double[] {0x3f800000, 0x3f810000, 0x3f820000, 0, 0},
        0);
  }

  @Test
  void codesOfFourBitsBecomeTheirNumbersTimesTheScaleOfTheirBlock() {
    int count = 133; // odd, and a last block that is short
    double[] bytes = IntStream.range(0, 67).mapToDouble(i -> (i * 37) % 256).toArray();
    double[] book = IntStream.range(0, 16).mapToDouble(code -> code / 8.0 - 1).toArray();
    double[] scales = {0.5, 3, 0, -2.25, 1e-30};
    double[] expected = new double[count];
    for (int i = 0; i < count; i++) {
      int pair = (int) bytes[i / 2];
      expected[i] = (float) (book[i % 2 == 0 ? pair >> 4 : pair & 15] * (float) scales[i / 32]);
    }
    Numbers codes = bench.of(DType.UINT8, bytes);
    Numbers numbers = bench.of(DType.FLOAT32, book);
    Numbers factors = bench.of(DType.FLOAT32, scales);
    Numbers out = bench.empty(DType.FLOAT32, count);
    bench.check(
        Kernel.WIDEN_CODES,
        args ->
            args.add(out.address())
                .add(out.type())
                .add(codes.address())
                .add(numbers.address())
                .add(factors.address())
                .add((long) count)
                .add(32L),
        out,
        expected,
        0);
  }

  @Test
  void everyByteBecomesItsNumberAndBack() {
    double[] bytes = IntStream.range(0, 256).asDoubleStream().toArray();
    double[] expected = new double[256];
    for (int b = 0; b < 256; b++) {
      int size = b & 127;
      double value =
          size == 127
              ? Double.NaN
              : size < 8 ? size * 0x1p-9 : Math.scalb(8.0 + size % 8, size / 8 - 10);
      expected[b] = b < 128 ? value : -value;
    }
    Numbers x = bench.of(DType.UINT8, bytes);
    for (DType dtype : KernelBench.FLOATS) {
      Numbers out = bench.empty(dtype, 256);
      Numbers again = bench.empty(DType.UINT8, 256);
      bench.check(
          Kernel.DECODE_E4M3,
          args -> args.add(out.address()).add(out.type()).add(x.address()).add(256L),
          out,
          expected,
          0);
      Numbers numbers = bench.of(dtype, expected);
      // The sign of what is not a number is not kept.
      double[] back = bytes.clone();
      bench.run(
          Kernel.ENCODE_E4M3,
          args -> args.add(again.address()).add(numbers.address()).add(numbers.type()).add(256L),
          List.of(again),
          () -> {
            double[] values = again.values();
            assertThat((int) values[255] & 127).isEqualTo(127);
            values[255] = 255;
            assertThat(values).containsExactly(back);
          });
    }
  }

  @Test
  void numbersBetweenAreRoundedToTheNearestAndWhatDoesNotFitIsNotANumber() {
    double[] values = new double[3000];
    for (int i = 0; i < 3000; i++) {
      values[i] = (i - 1500) * 0.33 * Math.pow(2, -(i % 12));
    }
    values[0] = 464;
    values[1] = 464.1;
    values[2] = Double.POSITIVE_INFINITY;
    values[3] = -1e30;
    values[4] = Double.NaN;
    values[5] = 1e-9;
    values[6] = -0.0;
    Numbers x = bench.of(DType.FLOAT32, values);
    Numbers bytes = bench.empty(DType.UINT8, 3000);
    Numbers out = bench.empty(DType.FLOAT32, 3000);
    double[] expected = x.values();
    for (int i = 0; i < 3000; i++) {
      double rounded = Numbers.round(expected[i], 4, -6, 448);
      expected[i] = Double.isInfinite(rounded) ? Double.NaN : rounded;
    }
    bench.run(
        Kernel.ENCODE_E4M3,
        new KernelBench.Launch(2, 1, 64),
        args -> args.add(bytes.address()).add(x.address()).add(x.type()).add(3000L),
        List.of(bytes));
    bench.check(
        Kernel.DECODE_E4M3,
        args -> args.add(out.address()).add(out.type()).add(bytes.address()).add(3000L),
        out,
        expected,
        0);
  }
}
