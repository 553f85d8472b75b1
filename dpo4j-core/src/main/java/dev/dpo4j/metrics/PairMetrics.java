/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The metrics of a set of preference pairs, under TRL's names and with TRL's meaning. */
public final class PairMetrics {
  /** What the chosen answers have gained against the reference, nats per scored token. */
  public static final String CHOSEN_SHIFT = "logps/chosen_shift";

  /** The correlation of the reward's margin with how much longer the chosen answer is. */
  static final Correlation LENGTH_CORRELATION = new Correlation("rewards/length_correlation");

  private PairMetrics() {}

  /**
   * Computes the metrics of a set of pairs, in the order in which they are logged.
   *
   * <p>Sequence metrics ({@code rewards/*}, {@code logps/*}) are means over the pairs; token
   * metrics ({@code entropy}, {@code logits/*}, {@code mean_token_accuracy}) are means over the
   * scored tokens. {@code rewards/accuracies} counts a pair only where the chosen answer's reward
   * is greater, so it is 0 where policy and reference are equal; {@code rewards/ties} is the share
   * of pairs with equal rewards. {@link #CHOSEN_SHIFT} is there only where there is a reference.
   * The moments of {@link Correlation} are among the values; {@link MetricAccumulator} turns them
   * into {@code rewards/length_correlation}.
   *
   * @param pairs the pairs of a micro-batch in training, all pairs in an evaluation
   * @throws IllegalArgumentException if there is no pair
   */
  public static Map<String, Double> of(List<PairStats> pairs) {
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException("There are no metrics of no pairs");
    }
    double chosenTokens = sum(pairs, PairStats::chosenTokens);
    double rejectedTokens = sum(pairs, PairStats::rejectedTokens);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(
        "entropy", perToken(sum(pairs, PairStats::entropySum), chosenTokens + rejectedTokens));
    metrics.put("logits/chosen", perToken(sum(pairs, PairStats::chosenLogitSum), chosenTokens));
    metrics.put(
        "logits/rejected", perToken(sum(pairs, PairStats::rejectedLogitSum), rejectedTokens));
    metrics.put(
        "mean_token_accuracy", perToken(sum(pairs, PairStats::chosenCorrect), chosenTokens));
    metrics.put("rewards/chosen", mean(pairs, PairStats::chosenReward));
    metrics.put("rewards/rejected", mean(pairs, PairStats::rejectedReward));
    metrics.put(
        "rewards/accuracies", mean(pairs, p -> p.chosenReward() > p.rejectedReward() ? 1 : 0));
    metrics.put("rewards/ties", mean(pairs, p -> p.chosenReward() == p.rejectedReward() ? 1 : 0));
    metrics.put("rewards/margins", mean(pairs, p -> p.chosenReward() - p.rejectedReward()));
    metrics.put("logps/chosen", mean(pairs, PairStats::chosenLogp));
    metrics.put("logps/rejected", mean(pairs, PairStats::rejectedLogp));
    if (pairs.stream().noneMatch(pair -> Double.isNaN(pair.chosenShift()))) {
      metrics.put(CHOSEN_SHIFT, perToken(sum(pairs, PairStats::chosenShift), chosenTokens));
    }
    metrics.put("lengths/chosen", chosenTokens / pairs.size());
    metrics.put("lengths/rejected", rejectedTokens / pairs.size());
    LENGTH_CORRELATION.putMoments(
        metrics,
        pairs.stream().mapToDouble(p -> p.chosenReward() - p.rejectedReward()).toArray(),
        pairs.stream().mapToDouble(p -> p.chosenTokens() - p.rejectedTokens()).toArray());
    return metrics;
  }

  private static double mean(List<PairStats> pairs, ToDoubleFunction<PairStats> quantity) {
    return sum(pairs, quantity) / pairs.size();
  }

  private static double perToken(double sum, double tokens) {
    return tokens > 0 ? sum / tokens : 0;
  }

  private static double sum(List<PairStats> pairs, ToDoubleFunction<PairStats> quantity) {
    return pairs.stream().mapToDouble(quantity).sum();
  }
}
