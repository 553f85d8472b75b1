/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ThinningTest {
  @Test
  void aShortCurveKeepsEveryPoint() {
    CurveBuilder builder = new CurveBuilder("loss");
    for (int step = 1; step <= Thinning.MOST; step++) {
      builder.add(step, Math.sin(step));
    }
    Curve curve = builder.build();
    assertThat(curve.steps()).hasSize(Thinning.MOST);
    assertThat(curve.values()[9]).isEqualTo(Math.sin(10));
  }

  @Test
  void aLongCurveKeepsEachPeakAtItsStep() {
    CurveBuilder builder = new CurveBuilder("loss");
    Random random = new Random(3);
    int points = 1_000_000;
    for (int step = 1; step <= points; step++) {
      double value = random.nextGaussian();
      builder.add(step, step == 777_777 ? 1000 : step == 123_456 ? -1000 : value);
    }
    Curve curve = builder.build();
    assertThat(curve.steps().length).isLessThanOrEqualTo(2 * Thinning.MOST);
    assertThat(curve.steps()).isSorted();
    int high = index(curve, 1000);
    int low = index(curve, -1000);
    assertThat(curve.steps()[high]).isEqualTo(777_777);
    assertThat(curve.steps()[low]).isEqualTo(123_456);
    assertThat(curve.stats().points()).isEqualTo(points);
    assertThat(curve.stats().max()).isEqualTo(1000);
  }

  @Test
  void aSingleGapInALongCurveStaysAGap() {
    CurveBuilder builder = new CurveBuilder("loss");
    for (int step = 1; step <= 100_000; step++) {
      builder.add(step, step == 60_000 ? Double.NaN : 1);
    }
    Curve curve = builder.build();
    long gaps = Arrays.stream(curve.values()).filter(Double::isNaN).count();
    assertThat(gaps).isEqualTo(1);
    assertThat(curve.stats().firstNotFinite()).isEqualTo(60_000);
  }

  @Test
  void theNoiseOfTheEndIsThatOfTheLastTenth() {
    CurveBuilder builder = new CurveBuilder("loss");
    for (int step = 1; step <= 100; step++) {
      builder.add(step, step <= 90 ? 50 : step % 2 == 0 ? 1 : 3);
    }
    Curve.Stats stats = builder.build().stats();
    assertThat(stats.tailPoints()).isEqualTo(10);
    assertThat(stats.tailMean()).isEqualTo(2);
    // Ten values that are 1 or 3: the squares sum to 10, divided by 9.
    assertThat(stats.tailDeviation()).isEqualTo(Math.sqrt(10.0 / 9));
  }

  private static int index(Curve curve, double value) {
    for (int i = 0; i < curve.values().length; i++) {
      if (curve.values()[i] == value) {
        return i;
      }
    }
    throw new AssertionError(value + " was lost");
  }
}
