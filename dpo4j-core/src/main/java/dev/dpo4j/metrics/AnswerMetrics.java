/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import dev.dpo4j.nn.TokenStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The metrics of a set of single answers judged good or bad, as TRL's KTO logs them. */
public final class AnswerMetrics {
  private AnswerMetrics() {}

  /**
   * What the metrics keep of one answer.
   *
   * @param desirable whether it is a good one
   * @param tokens its scored tokens
   * @param entropySum sum of their entropies, nats
   * @param logitSum sum of the mean logits over them
   * @param logp its log-probability, nats
   * @param reward its implicit reward
   */
  public record Judged(
      boolean desirable,
      int tokens,
      double entropySum,
      double logitSum,
      double logp,
      double reward) {
    /** Keeps what the metrics need of what the model says of an answer's tokens. */
    public static Judged of(boolean desirable, TokenStats stats, double reward) {
      return new Judged(
          desirable, stats.tokens(), stats.entropySum(), stats.logitSum(), stats.logp(), reward);
    }
  }

  /**
   * Computes the metrics of a set of answers, in the order in which they are logged.
   *
   * <p>Good answers are {@code chosen}, bad ones {@code rejected}. A metric of a side without
   * answers is left out, and so is the margin unless there are both. {@code labels/desirable} is
   * the share of good answers.
   *
   * @param answers the answers of a micro-batch in training, all answers in an evaluation
   * @param kl the point of reference of the loss; 0 where it has none
   */
  public static Map<String, Double> of(List<Judged> answers, double kl) {
    List<Judged> chosen = answers.stream().filter(Judged::desirable).toList();
    List<Judged> rejected = answers.stream().filter(answer -> !answer.desirable()).toList();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("kl", kl);
    metrics.put("labels/desirable", chosen.size() / (double) answers.size());
    double tokens = sum(answers, Judged::tokens);
    double entropy = sum(answers, Judged::entropySum);
    metrics.put("entropy", tokens > 0 ? entropy / tokens : 0);
    putLogits(metrics, "logits/chosen", chosen);
    putLogits(metrics, "logits/rejected", rejected);
    putSequence(metrics, "chosen", chosen);
    putSequence(metrics, "rejected", rejected);
    if (!chosen.isEmpty() && !rejected.isEmpty()) {
      double margin = mean(chosen, Judged::reward) - mean(rejected, Judged::reward);
      metrics.put("rewards/margins", margin);
    }
    return metrics;
  }

  private static void putLogits(Map<String, Double> metrics, String name, List<Judged> side) {
    double tokens = sum(side, Judged::tokens);
    if (tokens > 0) {
      metrics.put(name, sum(side, Judged::logitSum) / tokens);
    }
  }

  private static void putSequence(Map<String, Double> metrics, String name, List<Judged> side) {
    if (!side.isEmpty()) {
      metrics.put("rewards/" + name, mean(side, Judged::reward));
      metrics.put("logps/" + name, mean(side, Judged::logp));
    }
  }

  private static double mean(List<Judged> answers, ToDoubleFunction<Judged> quantity) {
    return sum(answers, quantity) / answers.size();
  }

  private static double sum(List<Judged> answers, ToDoubleFunction<Judged> quantity) {
    return answers.stream().mapToDouble(quantity).sum();
  }
}
