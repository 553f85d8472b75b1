/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.nn.TokenStats;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairMetricsTest {

  private static TokenStats answer(float logp, float entropy, float logit, boolean... top1) {
    int n = top1.length;
    float[] logps = new float[n];
    float[] entropies = new float[n];
    float[] logits = new float[n];
    Arrays.fill(logps, logp);
    Arrays.fill(entropies, entropy);
    Arrays.fill(logits, logit);
    return new TokenStats(logps, entropies, logits, top1, null);
  }

  private static PairStats pair(
      TokenStats chosen, TokenStats rejected, double chosenReward, double rejectedReward) {
    return PairStats.of(
        chosen, rejected, chosen.logp(), rejected.logp(), chosenReward, rejectedReward);
  }

  private final PairStats first =
      pair(answer(-1, 2, 0.5f, true), answer(-2, 1, 1, false, false, true), 0.5, 0.25);
  private final PairStats second =
      pair(answer(-3, 4, 1.5f, false, true, true), answer(-1, 2, -1, true), -1, -1);

  @Test
  void tokenMetricsAreMeansOverTokensAndSequenceMetricsMeansOverPairs() {
    Map<String, Double> metrics = PairMetrics.of(List.of(first, second));
    assertThat(metrics.get("entropy")).isEqualTo((2 + 3 * 1 + 3 * 4 + 2) / 8.0);
    assertThat(metrics.get("logits/chosen")).isEqualTo((0.5 + 3 * 1.5) / 4);
    assertThat(metrics.get("logits/rejected")).isEqualTo((3 - 1) / 4.0);
    assertThat(metrics.get("mean_token_accuracy")).isEqualTo(3 / 4.0);
    assertThat(metrics.get("logps/chosen")).isEqualTo((-1 - 9) / 2.0);
    assertThat(metrics.get("logps/rejected")).isEqualTo((-6 - 1) / 2.0);
    assertThat(metrics.get("rewards/chosen")).isEqualTo(-0.25);
    assertThat(metrics.get("rewards/rejected")).isEqualTo(-0.375);
    assertThat(metrics.get("rewards/margins")).isEqualTo(0.125);
  }

  @Test
  void aTieIsNoHitAndIsCountedApart() {
    Map<String, Double> metrics = PairMetrics.of(List.of(first, second));
    assertThat(metrics.get("rewards/accuracies")).isEqualTo(0.5);
    assertThat(metrics.get("rewards/ties")).isEqualTo(0.5);
  }

  @Test
  void anAnswerWithoutScoredTokensLeavesTheMeansFinite() {
    TokenStats nothing = answer(0, 0, 0);
    Map<String, Double> metrics = PairMetrics.of(List.of(pair(nothing, nothing, 0, 0)));
    assertThat(metrics.values()).allMatch(Double::isFinite);
    assertThatIllegalArgumentException().isThrownBy(() -> PairMetrics.of(List.of()));
  }

  @Test
  void aSliceHoldsTheTokensOfOneAnswer() {
    TokenStats sliced =
        new TokenStats(
                new float[] {-1, -2, -4},
                new float[] {1, 2, 3},
                new float[] {0, 0, 1},
                new boolean[] {true, false, true},
                new float[] {-5, -6, -7})
            .slice(1, 3);
    assertThat(sliced.logp()).isEqualTo(-6);
    assertThat(sliced.entropySum()).isEqualTo(5);
    assertThat(sliced.correctTokens()).isEqualTo(1);
    assertThat(sliced.logSumSquares()).containsExactly(-6, -7);
    assertThat(sliced.tokens()).isEqualTo(2);
  }

  @Test
  void aLineOfTheLogIsTheMeanOfTheMeansOfTheMicroBatches() {
    MetricAccumulator accumulator = new MetricAccumulator();
    accumulator.addMicroBatch(0.25, Map.of("a", 1.0, "b", 3.0));
    accumulator.addMicroBatch(0.5, Map.of("a", 2.0));
    accumulator.endStep();
    accumulator.addMicroBatch(0.75, Map.of("a", 6.0));
    accumulator.endStep();
    Map<String, Double> line = accumulator.drain(2.0, 1e-6, 1234);
    assertThat(line.keySet()).startsWith("loss", "grad_norm", "learning_rate", "num_tokens");
    assertThat(line.get("loss")).isCloseTo(0.75, within(0.0));
    assertThat(line.get("a")).isEqualTo(3);
    assertThat(line.get("b")).isEqualTo(3);
    assertThat(line.get("num_tokens")).isEqualTo(1234);
    assertThat(accumulator.steps()).isZero();
    accumulator.addMicroBatch(1, Map.of());
    accumulator.endStep();
    assertThat(accumulator.drain(null, 0, 0))
        .containsOnlyKeys("loss", "learning_rate", "num_tokens");
  }

  @Test
  void whatChosenAnswersGainAgainstTheReferenceIsPerToken() {
    assertThat(PairMetrics.of(List.of(first, second))).doesNotContainKey(PairMetrics.CHOSEN_SHIFT);
    List<PairStats> pairs = List.of(first.withChosenShift(1), second.withChosenShift(-7));
    Map<String, Double> metrics = PairMetrics.of(pairs);
    assertThat(metrics.get(PairMetrics.CHOSEN_SHIFT)).isEqualTo((1 - 7) / 4.0);
    assertThat(metrics.get("lengths/chosen")).isEqualTo(2);
    assertThat(metrics.get("lengths/rejected")).isEqualTo(2);
  }

  @Test
  void theCorrelationOfMarginAndLengthIsThatOfAllPairsWhateverTheMicroBatch() {
    TokenStats one = answer(-1, 1, 0, true);
    TokenStats two = answer(-1, 1, 0, true, true);
    TokenStats three = answer(-1, 1, 0, true, true, true);
    // Margins 1, 3, 2 and length differences 1, 2, -1: covariance 1/3, variances 2/3 and 14/9.
    List<PairStats> pairs =
        List.of(pair(two, one, 1, 0), pair(three, one, 3, 0), pair(one, two, 2, 0));
    double expected = 1 / 3.0 / Math.sqrt(2 / 3.0 * 14 / 9.0);
    String name = "rewards/length_correlation";
    MetricAccumulator accumulator = new MetricAccumulator();
    pairs.forEach(pair -> accumulator.addMicroBatch(1, PairMetrics.of(List.of(pair))));
    accumulator.endStep();
    Map<String, Double> line = accumulator.drain(1.0, 1e-6, 1);
    assertThat(line.get(name)).isCloseTo(expected, within(1e-12));
    assertThat(line.keySet()).noneMatch(key -> key.startsWith("~"));
    Map<String, Double> evaluation = MetricAccumulator.evaluation(1, PairMetrics.of(pairs));
    assertThat(evaluation.get("eval_" + name)).isCloseTo(expected, within(1e-12));
    accumulator.addMicroBatch(1, PairMetrics.of(List.of(pair(two, one, 0, 0))));
    accumulator.endStep();
    assertThat(accumulator.drain(1.0, 1e-6, 1)).doesNotContainKey(name);
  }

  @Test
  void evaluationMetricsCarryTheirPrefix() {
    assertThat(MetricAccumulator.evaluation(0.5, Map.of("rewards/margins", 1.0)))
        .containsExactly(Map.entry("eval_loss", 0.5), Map.entry("eval_rewards/margins", 1.0));
  }
}
