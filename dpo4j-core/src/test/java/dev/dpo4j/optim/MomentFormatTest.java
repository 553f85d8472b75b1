/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MomentFormatTest {
  /** No multiple of a block. */
  private static final int WEIGHTS = 1000;

  private static final AdamW.Hyperparameters HYPER =
      new AdamW.Hyperparameters(0.9, 0.999, 1e-8, 0.01);

  /** Weights after some steps on noisy gradients whose sizes span four decades. */
  private static float[] train(MomentFormat format, int steps) {
    try (Scope scope = Scope.open();
        ParameterStore store =
            new ParameterStore.Layout().weight("w", WEIGHTS - 3).undecayed("norm", 3).allocate();
        AdamW adam = new AdamW(store, HYPER, format)) {
      store.values().zero_();
      Random random = new Random(7);
      float[] grads = new float[WEIGHTS];
      for (int step = 0; step < steps; step++) {
        for (int i = 0; i < WEIGHTS; i++) {
          double size = Math.pow(10, -(i % 5));
          grads[i] = (float) (size * (0.3 + random.nextGaussian()));
        }
        try (Scope inner = Scope.open()) {
          store.grads().copy_(Tensor.ofFloats(grads, WEIGHTS));
        }
        adam.step(1e-3);
      }
      return store.values().toFloats();
    }
  }

  /**
   * Rounding to nearest would freeze the mean of squares, whose step is a thousandth, and let the
   * weights run 30 percent and more too far; a dither leaves the noise of the roundings, a unit in
   * the last place being 0.8 percent in the one format and 12 in the other.
   */
  @ParameterizedTest
  @CsvSource({"BFLOAT16, 0.01", "FLOAT8, 0.15"})
  void weightsMoveAsWithFullMoments(MomentFormat format, double tolerance) {
    float[] exact = train(MomentFormat.FLOAT32, 1500);
    float[] reduced = train(format, 1500);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < WEIGHTS; i++) {
      difference += Math.pow(exact[i] - reduced[i], 2);
      size += Math.pow(exact[i], 2);
    }
    assertThat(Math.sqrt(difference / size)).isBetween(1e-6, tolerance);
  }

  @ParameterizedTest
  @CsvSource({"BFLOAT16", "FLOAT8"})
  void aRunRepeatsToTheBit(MomentFormat format) {
    assertThat(train(format, 20)).containsExactly(train(format, 20));
  }

  @ParameterizedTest
  @CsvSource({"false, 0.07", "true, 0.14"})
  void eightBitsKeepEveryNumberOfABlockWithinTheirPrecision(boolean squared, double tolerance) {
    try (Scope scope = Scope.open();
        HostedNumbers numbers = new HostedNumbers(false)) {
      Moment moment = new Moment(numbers, MomentFormat.FLOAT8, 512, squared);
      float[] values = new float[512];
      for (int i = 0; i < 512; i++) {
        // Two blocks of different scale, each over three decades.
        values[i] = (float) ((i < 256 ? 1e-12 : 3) * Math.pow(10, -3.0 * (i % 256) / 256));
      }
      Tensor scratch = Tensor.zeros(DType.FLOAT32, 512);
      moment.write(Tensor.ofFloats(values, 512), scratch, 0, 0.5);
      Tensor back = Tensor.zeros(DType.FLOAT32, 512);
      moment.read(back, 0);
      float[] read = back.toFloats();
      for (int i = 0; i < 512; i++) {
        assertThat((double) read[i] / values[i]).as("value %s", i).isEqualTo(1, within(tolerance));
      }
    }
  }

  @Test
  void aSquaredMeanNeverVanishesBesideALargeOne() {
    try (Scope scope = Scope.open();
        HostedNumbers numbers = new HostedNumbers(false)) {
      Moment moment = new Moment(numbers, MomentFormat.FLOAT8, 256, true);
      Tensor values = Tensor.zeros(DType.FLOAT32, 256).fill_(1e-20);
      values.narrow(0, 3, 1).fill_(1);
      moment.write(values, Tensor.zeros(DType.FLOAT32, 256), 0, 0);
      Tensor back = Tensor.zeros(DType.FLOAT32, 256);
      moment.read(back, 0);
      assertThat(back.toFloats()[0]).isGreaterThan(1e-12f);
      assertThat(back.toFloats()[3]).isEqualTo(1, within(0.14f));
    }
  }

  @Test
  void bytesAreThoseOfTheFormat() {
    assertThat(MomentFormat.FLOAT32.bytes(2560)).isEqualTo(10240);
    assertThat(MomentFormat.BFLOAT16.bytes(2560)).isEqualTo(5120);
    assertThat(MomentFormat.FLOAT8.bytes(2560)).isEqualTo(2600);
  }
}
