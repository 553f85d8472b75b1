/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Arrays;

/**
 * The points of a curve that may have to be taken back: those of a process that was killed after
 * its last checkpoint are done again by the next one.
 */
final class SpeedPoints {
  private final String name;
  private double[] steps = new double[64];
  private double[] values = new double[64];
  private int count;
  private CurveBuilder builder;

  SpeedPoints(String name) {
    this.name = name;
    this.builder = new CurveBuilder(name);
  }

  void add(double step, double value) {
    if (count == steps.length) {
      steps = Arrays.copyOf(steps, 2 * count);
      values = Arrays.copyOf(values, 2 * count);
    }
    steps[count] = step;
    values[count] = value;
    count++;
    builder.add(step, value);
  }

  /** Takes the points after a step back; returns whether there were any. */
  boolean cutAfter(double step) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (steps[i] <= step) {
        steps[kept] = steps[i];
        values[kept] = values[i];
        kept++;
      }
    }
    if (kept == count) {
      return false;
    }
    count = kept;
    builder = new CurveBuilder(name);
    for (int i = 0; i < count; i++) {
      builder.add(steps[i], values[i]);
    }
    return true;
  }

  Curve curve() {
    return builder.build();
  }
}
