/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which tokens survive the filters: values worked by hand, and transformers' rules on ties. */
class CandidatesTest {
  private static final float LN2 = (float) Math.log(2);

  /** Logits of the probabilities 1/2, 1/4, 1/8, 1/16, 1/16, out of order. */
  private static final float[] HALVES = {-3 * LN2, -LN2, -4 * LN2, -2 * LN2, -4 * LN2};

  private static SamplingOptions options(int topK, double topP, double minP) {
    return new SamplingOptions(1, 1, topK, topP, minP, 1, 0);
  }

  private static int[] survivors(float[] scores, int topK, double topP, double minP) {
    return Candidates.of(scores, options(topK, topP, minP)).ids();
  }

  @Test
  void withoutFiltersEveryTokenKeepsItsProbability() {
    Candidates all = Candidates.of(HALVES, options(0, 1, 0));
    assertThat(all.ids()).containsExactly(0, 1, 2, 3, 4);
    // Logits are float32: seven digits.
    assertThat(all.probabilities())
        .containsExactly(new double[] {0.125, 0.5, 0.0625, 0.25, 0.0625}, within(1e-7));
  }

  @Test
  void topKKeepsTheLargestAndEveryTokenThatTiesWithTheLastOfThem() {
    assertThat(survivors(HALVES, 1, 1, 0)).containsExactly(1);
    assertThat(survivors(HALVES, 3, 1, 0)).containsExactly(0, 1, 3);
    assertThat(survivors(HALVES, 4, 1, 0)).containsExactly(0, 1, 2, 3, 4);
    assertThat(survivors(HALVES, 99, 1, 0)).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void topPKeepsTheFewestTokensThatReachTheProbability() {
    assertThat(survivors(HALVES, 0, 0.49, 0)).containsExactly(1);
    assertThat(survivors(HALVES, 0, 0.51, 0)).containsExactly(1, 3);
    assertThat(survivors(HALVES, 0, 0.8, 0)).containsExactly(0, 1, 3);
    // The two last ones tie; the lower id goes first.
    assertThat(survivors(HALVES, 0, 0.9, 0)).containsExactly(0, 1, 3, 4);
    assertThat(survivors(HALVES, 0, 0.99, 0)).containsExactly(0, 1, 2, 3, 4);
    assertThat(survivors(HALVES, 0, 1e-9, 0)).containsExactly(1);
  }

  @Test
  void minPComparesWithTheHighestProbability() {
    assertThat(survivors(HALVES, 0, 1, 0.3)).containsExactly(1, 3);
    assertThat(survivors(HALVES, 0, 1, 0.51)).containsExactly(1);
    assertThat(survivors(HALVES, 0, 1, 0.2)).containsExactly(0, 1, 3);
    assertThat(survivors(HALVES, 0, 1, 1)).containsExactly(1);
  }

  @Test
  void eachFilterWorksOnWhatTheOneBeforeItLeft() {
    // Of the three of top k, 1/2 is 4/7 of the probability: 0.55 is reached by it alone.
    assertThat(survivors(HALVES, 0, 0.55, 0)).containsExactly(1, 3);
    assertThat(survivors(HALVES, 3, 0.55, 0)).containsExactly(1);
    assertThat(survivors(HALVES, 3, 0.9, 0.4)).containsExactly(1, 3);
  }

  @Test
  void theBucketsOfTopPAgreeWithSortingEverything() {
    Random random = new Random(3);
    for (int run = 0; run < 200; run++) {
      float[] scores = new float[1 + random.nextInt(300)];
      float spread = run % 3 == 0 ? 200f : 6f;
      for (int i = 0; i < scores.length; i++) {
        // Halves make ties.
        scores[i] = (float) (Math.round(random.nextGaussian() * spread * 2) / 2.0);
      }
      double topP = 0.01 + 0.98 * random.nextDouble();
      assertThat(survivors(scores, 0, topP, 0)).isEqualTo(bySorting(scores, topP));
    }
  }

  /** TopPLogitsWarper of transformers, word for word, in double. */
  private static int[] bySorting(float[] scores, double topP) {
    Integer[] order = IntStream.range(0, scores.length).boxed().toArray(Integer[]::new);
    Arrays.sort(
        order, (a, b) -> scores[a] == scores[b] ? a - b : Float.compare(scores[a], scores[b]));
    double max = scores[order[order.length - 1]];
    double[] weights = Arrays.stream(order).mapToDouble(i -> Math.exp(scores[i] - max)).toArray();
    double total = Arrays.stream(weights).sum();
    boolean[] keep = new boolean[scores.length];
    double sum = 0;
    for (int i = 0; i < order.length; i++) {
      sum += weights[i];
      keep[order[i]] = sum > (1 - topP) * total || i == order.length - 1;
    }
    return IntStream.range(0, scores.length).filter(i -> keep[i]).toArray();
  }

  @Test
  void drawsFollowTheProbabilitiesOfTheSurvivors() {
    Candidates three = Candidates.of(HALVES, options(3, 1, 0));
    // 1/8, 1/2 and 1/4 of 7/8: the borders of the ids 0, 1 and 3 lie at 1/7 and 5/7.
    assertThat(three.draw(0)).isZero();
    assertThat(three.draw(0.142)).isZero();
    assertThat(three.draw(0.144)).isEqualTo(1);
    assertThat(three.draw(0.714)).isEqualTo(1);
    assertThat(three.draw(0.715)).isEqualTo(3);
    assertThat(three.draw(Math.nextDown(1.0))).isEqualTo(3);
  }

  @Test
  void minusInfinityIsNeverDrawn() {
    float[] scores = {Float.NEGATIVE_INFINITY, 1, Float.NEGATIVE_INFINITY};
    assertThat(Candidates.of(scores, options(0, 1, 0)).draw(Math.nextDown(1.0))).isEqualTo(1);
    assertThat(survivors(scores, 0, 0.9, 0)).containsExactly(1);
  }

  @Test
  void logitsThatAreNoNumbersAreAnErrorThatSaysSo() {
    for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Candidates.of(new float[] {broken, broken}, options(0, 0.9, 0)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("no token can be drawn");
    }
  }

  @Test
  void theKthLargestIsFoundAmongTies() {
    float[] values = {3, 1, 3, 2, 5};
    assertThat(Candidates.kthLargest(values, 1)).isEqualTo(5);
    assertThat(Candidates.kthLargest(values, 2)).isEqualTo(3);
    assertThat(Candidates.kthLargest(values, 3)).isEqualTo(3);
    assertThat(Candidates.kthLargest(values, 4)).isEqualTo(2);
    assertThat(Candidates.kthLargest(values, 5)).isEqualTo(Float.NEGATIVE_INFINITY);
  }
}
