/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import java.util.Map;

/**
 * A learning rate that follows a metric of the evaluation.
 *
 * <p>Its state is a function of the evaluations so far, so that a resumed run, which reads them
 * again from the log, needs no other.
 */
public abstract sealed class MetricSchedule implements LrSchedule
    permits PlateauSchedule, GreedySchedule {
  private final String metric;
  private final boolean greater;
  private final boolean relative;
  private final double threshold;
  private double rate;

  MetricSchedule(
      String metric,
      double learningRate,
      ScheduleArguments arguments,
      String thresholdMode,
      double threshold) {
    this.metric = metric;
    this.rate = learningRate;
    this.greater = arguments.text("mode", "min").equals("max");
    this.relative = arguments.text("threshold_mode", thresholdMode).equals("rel");
    this.threshold = arguments.number("threshold", threshold);
  }

  /** The name of the metric, such as {@code eval_loss}. */
  public final String metric() {
    return metric;
  }

  /** The rate as the last evaluation left it, whatever the step. */
  @Override
  public final double lr(long step) {
    return rate;
  }

  /**
   * Follows an evaluation.
   *
   * @param evaluation its metrics, one of which is {@link #metric}
   * @throws IllegalArgumentException if it is none of them
   */
  public final void evaluated(Map<String, Double> evaluation) {
    Double value = evaluation.get(metric);
    if (value == null) {
      throw new IllegalArgumentException(
          "the learning rate follows %s, but the evaluation has only %s: set metric_for_best_model to one of them"
              .formatted(metric, evaluation.keySet()));
    }
    rate = next(rate, value);
  }

  /** Returns the rate after an evaluation. */
  abstract double next(double present, double value);

  /** The value that every other one is better than. */
  final double worst() {
    return greater ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  final boolean isBetter(double value, double best) {
    if (greater) {
      return value > (relative ? best * (1 + threshold) : best + threshold);
    }
    return value < (relative ? best * (1 - threshold) : best - threshold);
  }
}
