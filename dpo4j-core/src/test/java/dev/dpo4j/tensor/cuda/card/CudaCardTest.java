/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.card;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.DeviceMemoryException;
import dev.dpo4j.tensor.cuda.CudaBackend;
import dev.dpo4j.tensor.cuda.SelfCheck;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.kernel.Matrices;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The first contact with a real card; runs with {@code -Ddpo4j.test.device=cuda}. */
class CudaCardTest {
  /** bfloat16 has 8 bits: half a unit of the last place, and sums in another order. */
  private static final double BFLOAT16_NOISE = 1e-2;

  private static final double FLOAT16_NOISE = 2e-3;

  /** Sums of some hundred products in another order. */
  private static final double FLOAT32_NOISE = 1e-5;

  private static CudaDoor.Opened card;
  private static CudaDriver driver;

  @BeforeAll
  static void open() {
    assumeTrue(
        System.getProperty("dpo4j.test.device", "").startsWith("cuda"),
        "needs a card and -Ddpo4j.test.device=cuda");
    card = CudaDoor.open(0, "auto");
    driver = card.driver();
  }

  @AfterAll
  static void close() {
    if (card != null) {
      card.products().close();
      driver.close();
    }
  }

  @Test
  void theCardIsDescribed() {
    assertThat(card.traits().description()).contains("compute capability", "PyTorch 2.");
    assertThat(driver.totalBytes()).isPositive();
    assertThat(driver.freeBytes()).isPositive().isLessThanOrEqualTo(driver.totalBytes());
  }

  @Test
  void theCheckOfUnknownVersionsPasses() {
    CudaBackend backend =
        new CudaBackend(Device.cuda(0), card.traits(), driver, card.products(), card.flash(), null);
    assertThatCode(() -> SelfCheck.run(backend, driver, card.flash())).doesNotThrowAnyException();
  }

  @Test
  void everyKernelCompilesAndLoads() {
    driver.loadKernels();
  }

  @Test
  void manyBytesComeBackAsTheyWent() {
    byte[] sent = new byte[40_000_003];
    new Random(1).nextBytes(sent);
    long address = driver.allocate(sent.length);
    driver.toDevice(address, ByteBuffer.wrap(sent));
    long second = driver.allocate(sent.length);
    driver.copy(second, address, sent.length);
    driver.zero(address, sent.length);
    ByteBuffer received = ByteBuffer.allocate(sent.length);
    driver.fromDevice(received, second);
    assertThat(received.array()).isEqualTo(sent);
    driver.free(address);
    driver.free(second);
  }

  @Test
  void tooLargeAWishIsRefusedAndASmallerOneStillGranted() {
    assertThatThrownBy(() -> driver.allocate(driver.totalBytes() * 2))
        .isInstanceOf(DeviceMemoryException.class);
    driver.free(driver.allocate(1 << 20));
    driver.synchronize();
  }

  // ---- products

  /**
   * A narrow result may be put together from parts that were rounded, though cuBLAS is told not to:
   * on an H200 it was off by up to this share of the size of a part.
   */
  private static final double PARTS = 0.1;

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "BFLOAT16", "FLOAT16"})
  void productsAreRight(DType dtype) {
    int[][] shapes = {{64, 128, 96}, {1, 128, 96}, {64, 1, 96}, {64, 128, 1}, {1, 8, 1}};
    for (int[] shape : shapes) {
      for (int layout = 0; layout < 4; layout++) {
        product(dtype, dtype, shape, 1, layout, 0);
        product(dtype, DType.FLOAT32, shape, 1, layout, 1);
        product(dtype, dtype, shape, 3, layout, 1);
      }
    }
  }

  private static void product(
      DType factors, DType result, int[] shape, int batch, int layout, int beta) {
    int m = shape[0];
    int k = shape[1];
    int n = shape[2];
    Numbers a = new Numbers(factors, batch * m * k, 1);
    Numbers b = new Numbers(factors, batch * k * n, 2);
    Numbers c = new Numbers(result, batch * m * n, 3);
    boolean aTurned = (layout & 1) == 1;
    boolean bTurned = (layout & 2) == 2;
    card.products()
        .multiply(
            new Matrices(c.address, result, m, n, n, 1, batch, (long) m * n),
            new Matrices(
                a.address, factors, m, k, aTurned ? 1 : k, aTurned ? m : 1, batch, (long) m * k),
            new Matrices(
                b.address, factors, k, n, bTurned ? 1 : n, bTurned ? k : 1, batch, (long) k * n),
            beta);
    double[] got = c.read();
    for (int i = 0; i < batch * m * n; i++) {
      int at = i / (m * n);
      int row = i / n % m;
      int column = i % n;
      double sum = beta * c.values[i];
      for (int j = 0; j < k; j++) {
        sum +=
            a.values[at * m * k + (aTurned ? j * m + row : row * k + j)]
                * b.values[at * k * n + (bTurned ? column * k + j : j * n + column)];
      }
      assertThat(got[i])
          .as("%s to %s, %d x %d x %d, layout %d", factors, result, m, k, n, layout)
          .isCloseTo(
              sum,
              within(
                  noise(result) * (Math.abs(sum) + PARTS * Math.sqrt(k))
                      + FLOAT32_NOISE * (1 + Math.sqrt(k))));
    }
    a.free();
    b.free();
    c.free();
  }

  private static double noise(DType dtype) {
    return dtype == DType.BFLOAT16
        ? BFLOAT16_NOISE
        : dtype == DType.FLOAT16 ? FLOAT16_NOISE : FLOAT32_NOISE;
  }

  // ---- attention

  @ParameterizedTest(name = "{0} heads on {1} of {2}, window {3}")
  @CsvSource({"4, 4, 64, 0", "4, 2, 64, 0", "6, 1, 128, 0", "4, 2, 64, 7", "2, 2, 40, 0"})
  void attentionAndItsGradientsAreRight(int heads, int keyHeads, int size, int window) {
    // The second sequence continues a prefix; the third is longer than one block of the kernel.
    int[] queryStarts = {0, 5, 8, 138, 139};
    int[] keyStarts = {0, 5, 14, 214, 253};
    Attention attention = new Attention(queryStarts, keyStarts, heads, keyHeads, size, window);
    assertThat(card.flash().supports(DType.BFLOAT16, size)).isTrue();
    attention.run();
    attention.compare();
    attention.free();
  }

  @ParameterizedTest(name = "{0} heads on {1} of {2}, window {3}")
  @CsvSource({"4, 4, 64, 0", "6, 1, 128, 0", "4, 2, 64, 300"})
  void gradientsOfAttentionInAFixedOrderRepeatToTheLastBit(
      int heads, int keyHeads, int size, int window) {
    // Queries that gather from many blocks of keys, where any order would show.
    int[] starts = {0, 1500, 1700};
    Attention attention = new Attention(starts, starts, heads, keyHeads, size, window);
    card.flash().fixOrder(true);
    try {
      attention.run();
      attention.compare();
      double[] first = attention.dq.read();
      for (int again = 0; again < 10; again++) {
        attention.run();
        assertThat(attention.dq.read()).isEqualTo(first);
      }
    } finally {
      card.flash().fixOrder(false);
      attention.free();
    }
  }

  /** Numbers in device memory, and as the device has them. */
  private static final class Numbers {
    final DType dtype;
    final long address;
    final double[] values;

    Numbers(DType dtype, int count, long seed) {
      this.dtype = dtype;
      values = new double[count];
      address = driver.allocate((long) count * dtype.byteSize());
      Random random = new Random(seed);
      ByteBuffer bytes = bytes();
      for (int i = 0; i < count; i++) {
        values[i] = put(bytes, dtype, (float) random.nextGaussian());
      }
      driver.toDevice(address, bytes.flip());
    }

    private ByteBuffer bytes() {
      return ByteBuffer.allocate(values.length * dtype.byteSize()).order(ByteOrder.nativeOrder());
    }

    double[] read() {
      ByteBuffer bytes = bytes();
      driver.fromDevice(bytes, address);
      bytes.flip();
      double[] numbers = new double[values.length];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = get(bytes, dtype);
      }
      return numbers;
    }

    void free() {
      driver.free(address);
    }
  }

  /** Writes a number as its type has it, by dropping bits, and returns it. */
  private static double put(ByteBuffer bytes, DType dtype, float value) {
    if (dtype == DType.FLOAT32) {
      bytes.putFloat(value);
      return value;
    }
    if (dtype == DType.BFLOAT16) {
      int bits = Float.floatToRawIntBits(value) & 0xffff0000;
      bytes.putShort((short) (bits >>> 16));
      return Float.intBitsToFloat(bits);
    }
    // Ten bits of mantissa; the numbers here are neither tiny nor large.
    int bits = Float.floatToRawIntBits(Math.abs(value) < 1e-3f ? 0.001f : value) & 0xffffe000;
    int exponent = (bits >>> 23 & 255) - 127 + 15;
    bytes.putShort((short) (bits >>> 16 & 0x8000 | exponent << 10 | bits >>> 13 & 0x3ff));
    return Float.intBitsToFloat(bits);
  }

  private static double get(ByteBuffer bytes, DType dtype) {
    if (dtype == DType.FLOAT32) {
      return bytes.getFloat();
    }
    int bits = bytes.getShort() & 0xffff;
    if (dtype == DType.BFLOAT16) {
      return Float.intBitsToFloat(bits << 16);
    }
    int exponent = bits >>> 10 & 31;
    double mantissa = exponent == 0 ? (bits & 0x3ff) / 512.0 : 1 + (bits & 0x3ff) / 1024.0;
    return ((bits & 0x8000) == 0 ? 1 : -1) * mantissa * Math.pow(2, exponent - 15);
  }

  /** Attention of packed sequences on the card, and in double on the host. */
  private static final class Attention {
    private final int[] queryStarts;
    private final int[] keyStarts;
    private final int heads;
    private final int keyHeads;
    private final int size;
    private final int window;
    private final int rows;
    private final int keys;
    private final int width;
    private final double scale;

    /** Queries, keys and values side by side, as one product gives them. */
    private final Numbers qkv;

    private final Numbers gradient;
    private final Numbers out;
    private final Numbers logSumExp;
    private final Numbers dq;
    private final Numbers dk;
    private final Numbers dv;

    Attention(int[] queryStarts, int[] keyStarts, int heads, int keyHeads, int size, int window) {
      this.queryStarts = queryStarts;
      this.keyStarts = keyStarts;
      this.heads = heads;
      this.keyHeads = keyHeads;
      this.size = size;
      this.window = window;
      rows = queryStarts[queryStarts.length - 1];
      keys = keyStarts[keyStarts.length - 1];
      width = (heads + 2 * keyHeads) * size;
      scale = 1 / Math.sqrt(size);
      qkv = new Numbers(DType.BFLOAT16, Math.max(rows, keys) * width, 4);
      gradient = new Numbers(DType.BFLOAT16, rows * heads * size, 5);
      out = new Numbers(DType.BFLOAT16, rows * heads * size, 6);
      logSumExp = new Numbers(DType.FLOAT32, heads * rows, 7);
      dq = new Numbers(DType.BFLOAT16, rows * heads * size, 8);
      dk = new Numbers(DType.BFLOAT16, keys * keyHeads * size, 9);
      dv = new Numbers(DType.BFLOAT16, keys * keyHeads * size, 10);
    }

    private static long upload(int[] values) {
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.nativeOrder());
      for (int value : values) {
        bytes.putInt(value);
      }
      long address = driver.allocate(bytes.capacity());
      driver.toDevice(address, bytes.flip());
      return address;
    }

    private static FlashKernels.Heads dense(Numbers numbers, int rows, int heads, int size) {
      return new FlashKernels.Heads(
          numbers.address, numbers.dtype, rows, heads, size, (long) heads * size);
    }

    private FlashKernels.Heads columns(int first, int count, int number) {
      return new FlashKernels.Heads(
          qkv.address + (long) first * size * 2, DType.BFLOAT16, number, count, size, width);
    }

    private static int longest(int[] starts) {
      int longest = 0;
      for (int i = 1; i < starts.length; i++) {
        longest = Math.max(longest, starts[i] - starts[i - 1]);
      }
      return longest;
    }

    void run() {
      long q0 = upload(queryStarts);
      long k0 = upload(keyStarts);
      FlashKernels.Spans spans =
          new FlashKernels.Spans(
              q0,
              k0,
              queryStarts.length - 1,
              longest(queryStarts),
              longest(keyStarts),
              scale,
              window);
      FlashKernels.Heads q = columns(0, heads, rows);
      FlashKernels.Heads k = columns(heads, keyHeads, keys);
      FlashKernels.Heads v = columns(heads + keyHeads, keyHeads, keys);
      FlashKernels.Heads result = dense(out, rows, heads, size);
      card.flash().forward(result, logSumExp.address, q, k, v, spans);
      card.flash()
          .backward(
              dense(dq, rows, heads, size),
              dense(dk, keys, keyHeads, size),
              dense(dv, keys, keyHeads, size),
              dense(gradient, rows, heads, size),
              result,
              logSumExp.address,
              q,
              k,
              v,
              spans);
      driver.free(q0);
      driver.free(k0);
    }

    private double at(int row, int head, int i) {
      return qkv.values[row * width + head * size + i];
    }

    void compare() {
      double[] expectedOut = new double[out.values.length];
      double[] expectedSums = new double[logSumExp.values.length];
      double[] expectedDq = new double[dq.values.length];
      double[] expectedDk = new double[dk.values.length];
      double[] expectedDv = new double[dv.values.length];
      for (int span = 0; span + 1 < queryStarts.length; span++) {
        int more =
            keyStarts[span + 1] - keyStarts[span] - queryStarts[span + 1] + queryStarts[span];
        for (int row = queryStarts[span]; row < queryStarts[span + 1]; row++) {
          int last = keyStarts[span] + row - queryStarts[span] + more;
          int first = window == 0 ? keyStarts[span] : Math.max(keyStarts[span], last - window + 1);
          for (int head = 0; head < heads; head++) {
            row(
                row,
                head,
                first,
                last,
                expectedOut,
                expectedSums,
                expectedDq,
                expectedDk,
                expectedDv);
          }
        }
      }
      // Probabilities are rounded to bfloat16 before they meet the values.
      close("out", out.read(), expectedOut, 2 * BFLOAT16_NOISE);
      close("log-sum-exp", logSumExp.read(), expectedSums, 1e-4);
      close("dq", dq.read(), expectedDq, 2 * BFLOAT16_NOISE);
      close("dk", dk.read(), expectedDk, 2 * BFLOAT16_NOISE);
      close("dv", dv.read(), expectedDv, 2 * BFLOAT16_NOISE);
    }

    private void row(
        int row,
        int head,
        int first,
        int last,
        double[] o,
        double[] sums,
        double[] gq,
        double[] gk,
        double[] gv) {
      int keyHead = head / (heads / keyHeads);
      double[] p = new double[last - first + 1];
      double sum = 0;
      for (int key = first; key <= last; key++) {
        double dot = 0;
        for (int i = 0; i < size; i++) {
          dot += at(row, head, i) * at(key, heads + keyHead, i);
        }
        p[key - first] = Math.exp(dot * scale);
        sum += p[key - first];
      }
      sums[head * rows + row] = Math.log(sum);
      int at = (row * heads + head) * size;
      double[] dp = new double[p.length];
      double mean = 0;
      for (int key = first; key <= last; key++) {
        int j = key - first;
        p[j] /= sum;
        for (int i = 0; i < size; i++) {
          double value = at(key, heads + keyHeads + keyHead, i);
          o[at + i] += p[j] * value;
          dp[j] += gradient.values[at + i] * value;
          gv[(key * keyHeads + keyHead) * size + i] += p[j] * gradient.values[at + i];
        }
        mean += p[j] * dp[j];
      }
      for (int key = first; key <= last; key++) {
        double ds = p[key - first] * (dp[key - first] - mean) * scale;
        for (int i = 0; i < size; i++) {
          gq[at + i] += ds * at(key, heads + keyHead, i);
          gk[(key * keyHeads + keyHead) * size + i] += ds * at(row, head, i);
        }
      }
    }

    private static void close(String name, double[] got, double[] expected, double noise) {
      double largest = 0;
      for (double value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i])
            .as("%s[%d], the largest is %s", name, i, largest)
            .isCloseTo(expected[i], within(noise * largest));
      }
    }

    void free() {
      for (Numbers numbers : new Numbers[] {qkv, gradient, out, logSumExp, dq, dk, dv}) {
        numbers.free();
      }
    }
  }
}
