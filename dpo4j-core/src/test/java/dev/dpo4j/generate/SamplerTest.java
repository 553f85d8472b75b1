/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static SamplingOptions penalised(double temperature, double penalty, long seed) {
    return new SamplingOptions(1, temperature, 0, 1, 0, penalty, seed);
  }

  @Test
  void greedyTakesTheFirstOfTheLargest() {
    Sampler sampler = new Sampler(SamplingOptions.greedy(1), new int[] {1});
    assertThat(sampler.next(new float[] {0, 2, 2, 1, /* next row */ 3, 0, 1, 3}, 0, 4))
        .isEqualTo(1);
    assertThat(sampler.next(new float[] {0, 2, 2, 1, /* next row */ 0, 0, 1, 3}, 1, 4))
        .isEqualTo(3);
  }

  @Test
  void thePenaltyDividesPositiveAndMultipliesNegativeLogitsOfSeenTokens() {
    // 3 / 2 = 1.5 < 2; and -1 * 2 = -2 < -1.5.
    assertThat(new Sampler(penalised(0, 2, 0), new int[] {0}).next(new float[] {3, 2, 1}, 0, 3))
        .isEqualTo(1);
    assertThat(
            new Sampler(penalised(0, 2, 0), new int[] {0}).next(new float[] {-1, -1.5f, -9}, 0, 3))
        .isEqualTo(1);
  }

  @Test
  void whatWasChosenCountsAsSeenOnce() {
    Sampler sampler = new Sampler(penalised(0, 2, 0), new int[] {2});
    float[] logits = {3, 2.9f, 4};
    assertThat(sampler.next(logits, 0, 3)).isZero(); // 4 / 2 = 2
    assertThat(sampler.next(logits, 0, 3)).isEqualTo(1); // 3 / 2 = 1.5
    assertThat(sampler.next(logits, 0, 3)).isEqualTo(2); // 2, 1.5, 1.45: not divided twice
    assertThat(logits).containsExactly(3, 2.9f, 4);
  }

  @Test
  void sameSeedsDrawTheSameAndOthersDiffer() {
    float[] flat = new float[50];
    Set<String> draws = new HashSet<>();
    for (long seed = 0; seed < 20; seed++) {
      String first = draws(flat, seed);
      assertThat(draws(flat, seed)).isEqualTo(first);
      draws.add(first);
    }
    assertThat(draws).hasSize(20);
  }

  private static String draws(float[] logits, long seed) {
    Sampler sampler = new Sampler(penalised(1, 1, seed), new int[0]);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(sampler.next(logits, 0, logits.length)).append(' ');
    }
    return text.toString();
  }

  @Test
  void seedsOfAFileDifferByRowAndSampleAndFitIntoADouble() {
    Set<Long> seeds = new HashSet<>();
    for (int row = 0; row < 200; row++) {
      for (int sample = 0; sample < 10; sample++) {
        long seed = SampleSeeds.of(42, row, sample);
        assertThat(seed).isBetween(0L, (1L << 53) - 1);
        seeds.add(seed);
      }
    }
    assertThat(seeds).hasSize(2000);
    assertThat(SampleSeeds.of(43, 0, 0)).isNotEqualTo(SampleSeeds.of(42, 0, 0));
  }
}
