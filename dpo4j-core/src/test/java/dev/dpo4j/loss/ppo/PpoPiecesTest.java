/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.ppo.AnswerAdvantages.Drawn;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every piece of PPO against values that were worked out by hand. */
class PpoPiecesTest {
  /** Doubles of about 1: a few units of their last digit. */
  private static final double EXACT = 1e-12;

  /** The hand-worked numbers were written down with this many digits. */
  private static final double WRITTEN = 1e-6;

  @Test
  void theAdvantageOfATokenIsTheDiscountedSumOfTheSurprisesFromItOn() {
    // surprises: 1 + 0.9 * 1 - 0.5 = 1.4; 0 + 0.9 * -1 - 1 = -1.9; 2 - (-1) = 3
    // advantages from behind, with 0.9 * 0.8 = 0.72: 3; -1.9 + 0.72 * 3; 1.4 + 0.72 * 0.26
    double[] values = {0.5, 1, -1};
    double[] advantages =
        new AdvantageEstimation(0.9, 0.8).advantages(new double[] {1, 0, 2}, values);
    assertThat(advantages).containsExactly(new double[] {1.5872, 0.26, 3}, within(EXACT));
    assertThat(AdvantageEstimation.returns(advantages, values))
        .containsExactly(new double[] {2.0872, 1.26, 2}, within(EXACT));
  }

  @Test
  void lambdaOneIsWhatWasGainedLessTheValueAndLambdaZeroTheNextSurpriseAlone() {
    double[] rewards = {1, 0, 2};
    double[] values = {0.5, 1, -1};
    assertThat(new AdvantageEstimation(1, 1).advantages(rewards, values))
        .containsExactly(new double[] {2.5, 1, 3}, within(EXACT));
    assertThat(new AdvantageEstimation(1, 0).advantages(rewards, values))
        .containsExactly(new double[] {1.5, -2, 3}, within(EXACT));
  }

  @Test
  void rewardsAndValuesOfDifferentTokensAreRefused() {
    assertThatThrownBy(() -> new AdvantageEstimation(1, 1).advantages(new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 rewards have 3 values");
  }

  @Test
  void whitenedNumbersHaveMeanZeroAndTheUnbiasedVarianceOne() {
    // mean 2.5, variance (2.25 + 0.25 + 0.25 + 2.25) / 3 = 5/3
    List<double[]> values = List.of(new double[] {1, 2}, new double[] {3, 4});
    List<double[]> white = Whitening.whiten(values, new int[] {2, 2}, true);
    assertThat(white.get(0)).containsExactly(new double[] {-1.161895, -0.387298}, within(WRITTEN));
    assertThat(white.get(1)).containsExactly(new double[] {0.387298, 1.161895}, within(WRITTEN));
    assertThat(Whitening.whiten(values, new int[] {2, 2}, false).get(0))
        .containsExactly(new double[] {1.338105, 2.112702}, within(WRITTEN));
  }

  @Test
  void tokensThatDoNotCountAreWhitenedByTheMeanAndVarianceOfTheOthers() {
    // 1, 2 and 3 count: mean 2, variance 1
    List<double[]> white =
        Whitening.whiten(
            List.of(new double[] {1, 2}, new double[] {3, 100}), new int[] {2, 1}, true);
    assertThat(white.get(1)).containsExactly(new double[] {1, 98}, within(WRITTEN));
  }

  @Test
  void whiteningOfEqualNumbersOrOfASingleOneGivesZeros() {
    assertThat(Whitening.whiten(List.of(new double[] {3, 3}), new int[] {2}, true).get(0))
        .containsExactly(0, 0);
    assertThat(Whitening.whiten(List.of(new double[] {3}), new int[] {1}, true).get(0))
        .containsExactly(0);
  }

  @Test
  void aRatioBeyondTheRangePullsNoFurtherThatWay() {
    // A = 2, r = 1.5: -3 against -2.4
    assertThat(ClippedLoss.policy(Math.log(1.5), 2, 0.2)).isEqualTo(new ClippedLoss(-2.4, 0, true));
    // A = -2, r = 0.5: 1 against 1.6
    assertThat(ClippedLoss.policy(Math.log(0.5), -2, 0.2)).isEqualTo(new ClippedLoss(1.6, 0, true));
  }

  @Test
  void aRatioBeyondTheRangePullsBackInFull() {
    // A = -2, r = 1.5: 3 against 2.4
    ClippedLoss high = ClippedLoss.policy(Math.log(1.5), -2, 0.2);
    assertThat(high.loss()).isCloseTo(3, within(EXACT));
    assertThat(high.derivative()).isCloseTo(3, within(EXACT));
    assertThat(high.clipped()).isFalse();
    // A = 2, r = 0.5: -1 against -1.6
    ClippedLoss low = ClippedLoss.policy(Math.log(0.5), 2, 0.2);
    assertThat(low.loss()).isCloseTo(-1, within(EXACT));
    assertThat(low.derivative()).isCloseTo(-1, within(EXACT));
    assertThat(low.clipped()).isFalse();
  }

  @Test
  void aValueThatMovedBeyondTheRangeTowardsItsTargetPullsNoFurther() {
    // v = 1, old 0.5, R = 2: 1 against (0.7 - 2)^2 = 1.69
    ClippedLoss towards = ClippedLoss.value(1, 0.5, 2, 0.2);
    assertThat(towards.loss()).isCloseTo(0.845, within(EXACT));
    assertThat(towards.derivative()).isZero();
    assertThat(towards.clipped()).isTrue();
    // v = 1, old 0.5, R = 0: 1 against 0.49
    assertThat(ClippedLoss.value(1, 0.5, 0, 0.2)).isEqualTo(new ClippedLoss(0.5, 1, false));
  }

  @Test
  void theDerivativesOfBothLossesAreThoseOfFiniteDifferences() {
    double h = 1e-6;
    for (double x : new double[] {-0.3, -0.1, 0.05, 0.15, 0.4}) {
      for (double a : new double[] {-1.5, 0.7}) {
        double policy =
            (ClippedLoss.policy(x + h, a, 0.2).loss() - ClippedLoss.policy(x - h, a, 0.2).loss())
                / (2 * h);
        // Central differences of step 1e-6 of numbers about 1 are good to about 1e-9.
        assertThat(ClippedLoss.policy(x, a, 0.2).derivative()).isCloseTo(policy, within(1e-8));
        double value =
            (ClippedLoss.value(x + h, 0, a, 0.2).loss()
                    - ClippedLoss.value(x - h, 0, a, 0.2).loss())
                / (2 * h);
        assertThat(ClippedLoss.value(x, 0, a, 0.2).derivative()).isCloseTo(value, within(1e-8));
      }
    }
  }

  @Test
  void theEstimatorsOfATokenAreTheirFormulas() {
    assertThat(KlEstimator.K1.of(0.5)).isEqualTo(0.5);
    assertThat(KlEstimator.K2.of(0.5)).isEqualTo(0.125);
    assertThat(KlEstimator.K3.of(0.5)).isCloseTo(0.106531, within(WRITTEN));
    assertThat(KlEstimator.K3.of(-0.5)).isCloseTo(0.148721, within(WRITTEN));
  }

  @Test
  void k1AndK3HaveTheDivergenceAsTheirMean() {
    double[] policy = {0.5, 0.3, 0.2};
    double[] reference = {0.2, 0.3, 0.5};
    // 0.5 ln(2.5) + 0.2 ln(0.4) = 0.3 ln(2.5)
    double divergence = 0.3 * Math.log(2.5);
    for (KlEstimator estimator : List.of(KlEstimator.K1, KlEstimator.K3)) {
      double mean = 0;
      for (int i = 0; i < policy.length; i++) {
        mean += policy[i] * estimator.of(Math.log(policy[i] / reference[i]));
      }
      assertThat(mean).as(estimator.configName()).isCloseTo(divergence, within(EXACT));
    }
  }

  @Test
  void theControllerRaisesTheWeightAboveItsTargetAndLowersItBelow() {
    KlController controller = new KlController(6, 10_000);
    // 10 % above: 1 + 0.1 * 256 / 10000
    assertThat(controller.next(0.05, 6.6, 256)).isCloseTo(0.05 * 1.00256, within(EXACT));
    // Far above and far below it is 20 %.
    assertThat(controller.next(0.05, 60, 256)).isCloseTo(0.05 * 1.00512, within(EXACT));
    assertThat(controller.next(0.05, 0, 256)).isCloseTo(0.05 * 0.99488, within(EXACT));
    assertThat(KlController.FIXED.next(0.05, 60, 256)).isEqualTo(0.05);
  }

  @Test
  void everyTokenPaysForItsDivergenceAndTheRewardStandsAtTheEnd() {
    TokenRewards rule = new TokenRewards(KlEstimator.K1, 0.1);
    double[] divergences = rule.divergences(new double[] {-1, -2}, new double[] {-1.5, -1.5});
    assertThat(divergences).containsExactly(0.5, -0.5);
    assertThat(rule.rewards(divergences, 2, 3))
        .containsExactly(new double[] {-0.05, 0.05, 2}, within(EXACT));
    assertThat(rule.rewards(divergences, 2, 2))
        .containsExactly(new double[] {-0.05, 2.05}, within(EXACT));
  }

  @Test
  void anAnswerThatCameToNoEndPaysThePenalty() {
    assertThat(TokenRewards.withEndPenalty(2, true, 1.5)).isEqualTo(2);
    assertThat(TokenRewards.withEndPenalty(2, false, 1.5)).isEqualTo(0.5);
  }

  @Test
  void theAdvantagesOfARolloutAreMadeOfAllItsParts() {
    // Answer 1: two tokens and a place behind them; answer 2: three tokens, the longest.
    Drawn first =
        new Drawn(new double[] {-1, -2}, new double[] {-1.5, -1.5}, new double[] {0, 1, 0}, 2);
    Drawn second =
        new Drawn(new double[] {-1, -1, -1}, new double[] {-1, -1, -1}, new double[] {1, 1, 1}, 4);
    AnswerAdvantages.Rule rule =
        new AnswerAdvantages.Rule(
            new TokenRewards(KlEstimator.K1, 0.1), new AdvantageEstimation(1, 1), false, false);
    AnswerAdvantages made = AnswerAdvantages.of(List.of(first, second), rule);
    // Rewards -0.05, 0.05, 2 against values 0, 1, 0; and 0, 0, 4 against 1, 1, 1
    assertThat(made.raw().get(0)).containsExactly(new double[] {2, 1.05, 2}, within(EXACT));
    assertThat(made.raw().get(1)).containsExactly(new double[] {3, 3, 3}, within(EXACT));
    assertThat(made.returns().get(0)).containsExactly(new double[] {2, 2.05, 2}, within(EXACT));
    AnswerAdvantages white =
        AnswerAdvantages.of(
            List.of(first, second),
            new AnswerAdvantages.Rule(rule.rewards(), rule.estimation(), false, true));
    // The place behind the last token does not count: 2, 1.05, 3, 3, 3 have mean 2.41 and
    // variance (0.1681 + 1.8496 + 3 * 0.3481) / 4 = 0.7655
    assertThat(white.advantages().get(0)[1]).isCloseTo(-1.36 / Math.sqrt(0.7655), within(WRITTEN));
    assertThat(white.raw()).usingRecursiveComparison().isEqualTo(made.raw());
  }
}
