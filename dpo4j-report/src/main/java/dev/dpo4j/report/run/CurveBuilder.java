/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/** Takes the points of a metric one by one; the memory it needs does not grow with them. */
final class CurveBuilder {
  /** The last points from which noise is estimated, at most. */
  private static final int TAIL = 1000;

  private static final int LEAST_TAIL = 5;

  private final String name;
  private final Thinning thinning = new Thinning();
  private final double[] tail = new double[TAIL];
  private long points;
  private long notFinite;
  private double firstNotFinite = Double.NaN;
  private double min = Double.NaN;
  private double max = Double.NaN;
  private double last = Double.NaN;

  CurveBuilder(String name) {
    this.name = name;
  }

  void add(double step, double value) {
    points++;
    thinning.add(step, value);
    if (!Double.isFinite(value)) {
      if (notFinite++ == 0) {
        firstNotFinite = step;
      }
      return;
    }
    long number = points - notFinite;
    if (number == 1) {
      min = value;
      max = value;
    }
    min = Math.min(min, value);
    max = Math.max(max, value);
    last = value;
    tail[(int) ((number - 1) % TAIL)] = value;
  }

  Curve build() {
    double[][] drawn = thinning.points();
    long numbers = points - notFinite;
    // The last tenth, but enough to see a spread where there are few.
    int count = (int) Math.min(numbers, Math.min(TAIL, Math.max(LEAST_TAIL, numbers / 10)));
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += tail[(int) ((numbers - 1 - i) % TAIL)];
    }
    double mean = count == 0 ? Double.NaN : sum / count;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      double off = tail[(int) ((numbers - 1 - i) % TAIL)] - mean;
      squares += off * off;
    }
    double deviation = count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1));
    return new Curve(
        name,
        drawn[0],
        drawn[1],
        new Curve.Stats(points, notFinite, firstNotFinite, min, max, last, count, mean, deviation));
  }
}
