/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

/** Lowers the rate when a metric has stopped getting better; torch's ReduceLROnPlateau. */
final class PlateauSchedule extends MetricSchedule {
  private final double factor;
  private final double patience;
  private final double cooldown;
  private final double minLr;
  private final double epsilon;
  private double best = worst();
  private int bad;
  private double coolingFor;

  PlateauSchedule(String metric, double learningRate, ScheduleArguments arguments) {
    super(metric, learningRate, arguments, "rel", 1e-4);
    this.factor = arguments.number("factor", 0.1);
    this.patience = arguments.number("patience", 10);
    this.cooldown = arguments.number("cooldown", 0);
    this.minLr = arguments.number("min_lr", 0);
    this.epsilon = arguments.number("eps", 1e-8);
  }

  @Override
  double next(double present, double value) {
    if (isBetter(value, best)) {
      best = value;
      bad = 0;
    } else {
      bad++;
    }
    if (coolingFor > 0) {
      coolingFor--;
      bad = 0;
    }
    if (bad <= patience) {
      return present;
    }
    coolingFor = cooldown;
    bad = 0;
    double lower = Math.max(present * factor, minLr);
    return present - lower > epsilon ? lower : present;
  }
}
