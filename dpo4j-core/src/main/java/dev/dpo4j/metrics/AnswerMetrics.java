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
   * @param stats what the model says of its tokens
   * @param reward its implicit reward
   */
  public record Judged(boolean desirable, TokenStats stats, double reward) {}

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
    double tokens = sum(answers, answer -> answer.stats().tokens());
    double entropy = sum(answers, answer -> answer.stats().entropySum());
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
    double tokens = sum(side, answer -> answer.stats().tokens());
    if (tokens > 0) {
      metrics.put(name, sum(side, answer -> answer.stats().logitSum()) / tokens);
    }
  }

  private static void putSequence(Map<String, Double> metrics, String name, List<Judged> side) {
    if (!side.isEmpty()) {
      metrics.put("rewards/" + name, mean(side, Judged::reward));
      metrics.put("logps/" + name, mean(side, answer -> answer.stats().logp()));
    }
  }

  private static double mean(List<Judged> answers, ToDoubleFunction<Judged> quantity) {
    return sum(answers, quantity) / answers.size();
  }

  private static double sum(List<Judged> answers, ToDoubleFunction<Judged> quantity) {
    return answers.stream().mapToDouble(quantity).sum();
  }
}
