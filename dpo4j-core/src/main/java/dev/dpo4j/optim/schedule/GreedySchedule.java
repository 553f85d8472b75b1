/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Raises the rate while a metric gets better and lowers it when it does not.
 *
 * <p>Source: "GreedyLR: A Novel Adaptive Learning Rate Scheduler", arXiv 2512.14527, as
 * transformers computes it. A rate that stays at its least for too long begins anew.
 */
final class GreedySchedule extends MetricSchedule {
  private final double learningRate;
  private final ScheduleArguments arguments;
  private final double factor;
  private final double patience;
  private final double minLr;
  private final double maxLr;
  private final double epsilon;
  private final int window;
  private final Deque<Double> recent = new ArrayDeque<>();
  private double sum;
  private double best;
  private int bad;
  private int good;
  private double coolingFor;
  private double warmingFor;
  private double resetIn;

  GreedySchedule(String metric, double learningRate, ScheduleArguments arguments) {
    super(metric, learningRate, arguments, "abs", 1e-6);
    this.learningRate = learningRate;
    this.arguments = arguments;
    this.factor = arguments.number("factor", 0.95);
    this.patience = arguments.number("patience", 10);
    this.minLr = arguments.number("min_lr", 1e-3);
    this.maxLr = arguments.number("max_lr", 1);
    this.epsilon = arguments.number("eps", 1e-8);
    this.window = arguments.flag("smooth") ? (int) arguments.number("window_size", 50) : 1;
    beginAnew();
  }

  private void beginAnew() {
    best = worst();
    bad = 0;
    good = 0;
    coolingFor = 0;
    warmingFor = 0;
    resetIn = arguments.number("reset_start", 500);
    recent.clear();
    sum = 0;
  }

  private double smoothed(double value) {
    if (window == 1) {
      return value;
    }
    recent.add(value);
    sum += value;
    if (recent.size() > window) {
      sum -= recent.remove();
    }
    return sum / recent.size();
  }

  @Override
  double next(double present, double value) {
    double current = smoothed(value);
    if (coolingFor > 0 || warmingFor > 0) {
      if (coolingFor > 0) {
        coolingFor--;
      } else {
        warmingFor--;
      }
      bad = 0;
      good = 0;
      return present;
    }
    if (isBetter(current, best)) {
      best = current;
      bad = 0;
      good++;
    } else {
      bad++;
      good = 0;
    }
    if (good > patience) {
      double rate = raised(present);
      warmingFor = arguments.number("warmup", 0);
      good = 0;
      return rate;
    } else if (bad > patience) {
      double rate = lowered(present);
      coolingFor = arguments.number("cooldown", 0);
      bad = 0;
      return rate;
    }
    return present;
  }

  private double raised(double present) {
    resetIn = arguments.number("reset_start", 500);
    double higher = Math.min(present / factor, maxLr);
    return higher - present > epsilon ? higher : present;
  }

  private double lowered(double present) {
    double lower = Math.max(present * factor, minLr);
    double rate = present - lower > epsilon ? lower : present;
    if (rate <= minLr) {
      resetIn--;
      if (resetIn <= 0) {
        beginAnew();
        return learningRate;
      }
    }
    return rate;
  }
}
