/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of packed weights against products in double. */
class PackedMatrixTest {
  /** Sums of a thousand float32 products differ from those in double by some 1e-6. */
  private static final double ROUNDING = 5e-6;

  private final Scope scope = Scope.open();

  @BeforeEach
  void needsTheKernel() {
    assumeThat(Backends.hasFusedKernels()).as("a card packs nothing").isFalse();
    assumeThat(Engine.ensureStarted().cpuCapability().toUpperCase(Locale.ROOT))
        .as("the kernel needs AVX2")
        .contains("AVX");
  }

  @AfterEach
  void free() {
    scope.close();
  }

  private interface Number {
    float at(Random random);
  }

  private static Tensor random(long rows, long columns, int seed, Number number) {
    Random random = new Random(seed);
    float[] values = new float[(int) (rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = number.at(random);
    }
    return Tensor.ofFloats(values, rows, columns);
  }

  /** The first 8 bits of a number, as in bfloat16. */
  private static float short8(double value) {
    return Float.intBitsToFloat(Float.floatToIntBits((float) value) & 0xffff0000);
  }

  private static double error(PackedMatrix packed, Tensor x, Tensor w) {
    Tensor exact = Tensor.empty(DType.FLOAT64, x.size(0), w.size(0));
    Ops.mm(exact, x.to(DType.FLOAT64), w.to(DType.FLOAT64).transpose(0, 1));
    Tensor found = packed.times(x).to(DType.FLOAT64);
    double largest = Arrays.stream(exact.toDoubles()).map(Math::abs).max().orElse(0);
    double lost = Arrays.stream(found.sub_(exact).toDoubles()).map(Math::abs).max().orElse(0);
    return lost / largest;
  }

  private static PackedMatrix pack(Tensor w) {
    return Objects.requireNonNull(PackedMatrix.of(w));
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 64, 40", "2, 71, 530", "5, 576, 1536", "33, 96, 1030", "130, 17, 65"})
  void weightsOfEightBitsAreHeldInSixteenAndNothingIsLost(int rows, int outputs, int inputs) {
    Tensor w = random(outputs, inputs, 1, random -> short8(0.02 * random.nextGaussian()));
    Tensor x = random(rows, inputs, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = pack(w)) {
      assertThat(packed.form()).isEqualTo(PackedMatrix.Form.HALF);
      assertThat(packed.bytes()).isEqualTo(2L * outputs * inputs);
      assertThat(error(packed, x, w)).isLessThan(ROUNDING);
    }
  }

  @Test
  void weightsTooSmallForSixteenBitsAreScaledByAPowerOfTwo() {
    Tensor w = random(40, 64, 1, random -> short8(1e-7 * random.nextGaussian()));
    Tensor x = random(3, 64, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = pack(w)) {
      assertThat(packed.form()).isEqualTo(PackedMatrix.Form.HALF);
      assertThat(error(packed, x, w)).isLessThan(ROUNDING);
    }
  }

  @Test
  void weightsTooLargeForSixteenBitsAreScaledToo() {
    Tensor w = random(40, 64, 1, random -> short8(1e9 * random.nextGaussian()));
    Tensor x = random(3, 64, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = pack(w)) {
      assertThat(packed.form()).isEqualTo(PackedMatrix.Form.HALF);
      assertThat(error(packed, x, w)).isLessThan(ROUNDING);
    }
  }

  @Test
  void weightsOfMoreBitsAreHeldAsSumsOfTwo() {
    Tensor w = random(71, 530, 1, random -> (float) (0.02 * random.nextGaussian()));
    Tensor x = random(4, 530, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = pack(w)) {
      assertThat(packed.form()).isEqualTo(PackedMatrix.Form.TWO_HALVES);
      assertThat(packed.bytes()).isEqualTo(4L * 71 * 530);
      assertThat(error(packed, x, w)).isLessThan(ROUNDING);
      // Unit rows read the weights themselves: each is right to one unit in the last place.
      Tensor unit = random(530, 530, 3, random -> 0);
      float[] ones = new float[530 * 530];
      for (int i = 0; i < 530; i++) {
        ones[i * 530 + i] = 1;
      }
      unit.copy_(Tensor.ofFloats(ones, 530, 530));
      float[] read = packed.times(unit).toFloats();
      float[] held = w.toFloats();
      double largest = 0;
      for (float value : held) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < 530; i++) {
        for (int o = 0; o < 71; o++) {
          float value = held[o * 530 + i];
          // What lies 2^-35 below the largest weight is beyond both parts.
          double unitInLastPlace = Math.max(Math.ulp(value), largest * 0x1p-35);
          assertThat(read[i * 71 + o])
              .isBetween((float) (value - unitInLastPlace), (float) (value + unitInLastPlace));
        }
      }
    }
  }

  @Test
  void aRowHasTheSameBitsHoweverManyRowsThereAre() {
    Tensor w = random(200, 1030, 1, random -> short8(0.02 * random.nextGaussian()));
    Tensor x = random(40, 1030, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = pack(w)) {
      float[] together = packed.times(x).toFloats();
      for (int rows : new int[] {1, 2, 3, 7, 8, 15, 40}) {
        float[] few = packed.times(x.narrow(0, 0, rows)).toFloats();
        assertThat(few).isEqualTo(Arrays.copyOf(together, few.length));
      }
    }
  }

  @Test
  void aCopyKeepsWhatTheWeightsWere() {
    Tensor w = random(16, 32, 1, random -> 0.5f);
    Tensor x = random(1, 32, 2, random -> 1);
    try (PackedMatrix packed = pack(w)) {
      w.zero_();
      assertThat(packed.times(x).toFloats()[0]).isEqualTo(16f);
    }
  }

  @Test
  void weightsThatAreNoNumbersOrNotFloat32AreNotPacked() {
    float[] values = new float[6];
    values[4] = Float.NaN;
    assertThat(PackedMatrix.of(Tensor.ofFloats(values, 2, 3))).isNull();
    values[4] = Float.POSITIVE_INFINITY;
    assertThat(PackedMatrix.of(Tensor.ofFloats(values, 2, 3))).isNull();
    assertThat(PackedMatrix.of(Tensor.zeros(DType.BFLOAT16, 2, 3))).isNull();
  }

  @Test
  void aFactorOfAnotherWidthIsRefused() {
    try (PackedMatrix packed = pack(Tensor.zeros(DType.FLOAT32, 4, 8))) {
      Tensor x = Tensor.zeros(DType.FLOAT32, 1, 7);
      assertThatThrownBy(() -> packed.times(x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("8 inputs");
    }
  }

  @Test
  void everyKindOfWriteRaisesTheVersionOfTheWholeMemory() {
    Tensor all = Tensor.zeros(DType.FLOAT32, 12);
    Tensor part = all.narrow(0, 3, 4);
    Tensor other = Tensor.zeros(DType.FLOAT32, 12);
    Tensor moments = Tensor.zeros(DType.FLOAT32, 12);
    Tensor squares = Tensor.zeros(DType.FLOAT32, 12);
    Tensor matrix = all.view(3, 4);
    AdamWStep step = new AdamWStep(1, 0.1, 0.9, 0.99, 1e-8, 0.1);
    Runnable[] writes = {
      () -> all.copy_(other),
      () -> part.fill_(2),
      () -> matrix.narrow(1, 1, 2).zero_(),
      () -> all.add_(other, 0.5),
      () -> all.addcmul_(other, other, 1),
      () -> all.putBytes(0, ByteBuffer.allocate(8)),
      () -> Ops.mm(matrix, Tensor.zeros(DType.FLOAT32, 3, 2), Tensor.zeros(DType.FLOAT32, 2, 4)),
      () -> Ops.adamW(all, other, moments, squares, step),
      () ->
          Ops.adamW(
              part, other.narrow(0, 0, 4), moments.narrow(0, 0, 4), squares.narrow(0, 0, 4), step)
    };
    for (Runnable write : writes) {
      long before = all.version();
      write.run();
      assertThat(all.version()).isGreaterThan(before);
      assertThat(part.version()).isEqualTo(all.version());
    }
    long before = all.version();
    assertThat(all.toFloats()).hasSize(12);
    assertThat(all.version()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({"1, 71, 530", "5, 576, 1536", "33, 96, 1030"})
  void weightsInEightBitsLoseThePercentThatTheySay(int rows, int outputs, int inputs) {
    Tensor w = random(outputs, inputs, 1, random -> (float) (0.02 * random.nextGaussian()));
    Tensor x = random(rows, inputs, 2, random -> (float) random.nextGaussian());
    try (PackedMatrix packed = Objects.requireNonNull(PackedMatrix.int8(w))) {
      assertThat(packed.form()).isEqualTo(PackedMatrix.Form.INT8);
      assertThat(packed.bytes()).isEqualTo((long) outputs * inputs);
      // Factors of 127 or 255 steps: each is off by up to half a step, of the largest of some 4.
      assertThat(error(packed, x, w)).isBetween(1e-5, 0.03);
    }
  }

  @Test
  void aRowOfLargeValuesCostsTheOthersInEightBitsNothing() {
    Tensor w = random(40, 600, 1, random -> (float) random.nextGaussian());
    Tensor x = random(3, 600, 2, random -> (float) random.nextGaussian());
    x.narrow(0, 1, 1).mul_(1e6);
    Tensor exact = Tensor.empty(DType.FLOAT32, 3, 40);
    Ops.mm(exact, x, w.transpose(0, 1));
    try (PackedMatrix packed = Objects.requireNonNull(PackedMatrix.int8(w))) {
      Tensor found = packed.times(x);
      for (int row = 0; row < 3; row++) {
        Tensor wanted = exact.narrow(0, row, 1);
        double norm = wanted.norm();
        assertThat(found.narrow(0, row, 1).sub_(wanted).norm() / norm).isLessThan(0.03);
      }
    }
  }

  @Test
  void rowsAndOutputsOfZerosAreZerosInEightBits() {
    Tensor w = random(8, 40, 1, random -> (float) random.nextGaussian());
    w.narrow(0, 3, 1).zero_();
    Tensor x = random(2, 40, 2, random -> (float) random.nextGaussian());
    x.narrow(0, 1, 1).zero_();
    try (PackedMatrix packed = Objects.requireNonNull(PackedMatrix.int8(w))) {
      float[] found = packed.times(x).toFloats();
      assertThat(found[3]).isZero();
      assertThat(Arrays.copyOfRange(found, 8, 16)).containsOnly(0);
    }
    float[] values = {1, Float.NaN, 2, 3};
    assertThat(PackedMatrix.int8(Tensor.ofFloats(values, 2, 2))).isNull();
  }
}
