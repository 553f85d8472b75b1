/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.EmulatedCard;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostedNumbersTest {
  private static final long WINDOW = 8;

  /** One number for so many weights in the second array. */
  private static final int GROUP = 4;

  @Test
  void aWalkTakesEveryWindowOnceInItsOrderAndTheLastOneMayBeShort() {
    check(20, List.of("0-8", "8-16", "16-20"));
  }

  @Test
  void aWalkOverWholeWindowsOrOverOneEndsWithTheWeights() {
    check(32, List.of("0-8", "8-16", "16-24", "24-32"));
    check(5, List.of("0-5"));
    check(8, List.of("0-8"));
  }

  @Test
  void whatStaysOnTheDeviceIsTakenInOneStretch() {
    try (HostedNumbers numbers = new HostedNumbers(false, WINDOW)) {
      HostedNumbers.Array array = numbers.add(DType.FLOAT32, 1, 20);
      List<String> taken = new ArrayList<>();
      numbers.walk(20, (from, to) -> taken.add(from + "-" + to));
      assertThat(taken).containsExactly("0-20");
      assertThat(array.present()).isSameAs(array.all());
    }
  }

  @Test
  void aStepThatFailsLeavesTheArraysAsWhoSavesThemExpects() {
    try (HostedNumbers numbers = new HostedNumbers(true, WINDOW)) {
      HostedNumbers.Array array = numbers.add(DType.FLOAT32, 1, 20);
      assertThatThrownBy(
              () ->
                  numbers.walk(
                      20,
                      (from, to) -> {
                        if (from > 0) {
                          throw new IllegalStateException("no");
                        }
                      }))
          .hasMessage("no");
      assertThat(array.present()).isSameAs(array.all());
      assertThat(array.begin()).isZero();
    }
  }

  /** Copies beside the launches are done there as late as they may be. */
  @Test
  void onACardEveryNumberComesAndGoesBesideTheSteps() throws Exception {
    EmulatedCard.run(OnTheCard.class);
  }

  /** The process that has the emulated card. */
  static final class OnTheCard {
    private OnTheCard() {}

    public static void main(String[] args) {
      EmulatedCard.choose();
      check(20, List.of("0-8", "8-16", "16-20"));
      check(32, List.of("0-8", "8-16", "16-24", "24-32"));
      check(5, List.of("0-5"));
      EmulatedCard.passed();
    }
  }

  /**
   * Three walks, each of which adds to a number its own place among the weights: a number that is
   * taken from another place, lost or taken twice is seen.
   */
  private static void check(int weights, List<String> windows) {
    int groups = (weights + GROUP - 1) / GROUP;
    // An array may be longer than the weights, as blocks of narrow numbers are.
    int longer = groups * GROUP;
    try (HostedNumbers numbers = new HostedNumbers(true, WINDOW)) {
      HostedNumbers.Array single = numbers.add(DType.FLOAT32, 1, longer);
      HostedNumbers.Array grouped = numbers.add(DType.FLOAT32, GROUP, groups, 2);
      for (int walk = 1; walk <= 3; walk++) {
        List<String> taken = new ArrayList<>();
        numbers.walk(
            weights,
            (from, to) -> {
              taken.add(from + "-" + to);
              for (long i = from; i < to; i++) {
                single.narrow(i, 1).add_(i + 1);
              }
              for (long g = from / GROUP; g < (to + GROUP - 1) / GROUP; g++) {
                grouped.narrow(g, 1).add_(100 + g);
              }
            });
        assertThat(taken).isEqualTo(windows);
      }
      float[] expected = new float[longer];
      for (int i = 0; i < weights; i++) {
        expected[i] = 3 * (i + 1);
      }
      assertThat(single.all().toFloats()).containsExactly(expected);
      float[] ofGroups = new float[2 * groups];
      for (int i = 0; i < ofGroups.length; i++) {
        ofGroups[i] = 3 * (100 + i / 2);
      }
      assertThat(grouped.all().toFloats()).containsExactly(ofGroups);
    }
  }
}
