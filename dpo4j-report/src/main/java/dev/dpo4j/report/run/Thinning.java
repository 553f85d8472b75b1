/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps a curve of any length in little memory: of each stretch of points its lowest and highest.
 *
 * <p>As long as there is room every point is kept. Then neighbouring stretches are joined, so that
 * a peak is never lost, however short it is. A number that is not finite is kept as a gap.
 */
final class Thinning {
  /**
   * Stretches that are kept at most; twice as many points are drawn, some per pixel of a screen.
   */
  static final int MOST = 1024;

  private final double[] lowStep = new double[MOST];
  private final double[] low = new double[MOST];
  private final double[] highStep = new double[MOST];
  private final double[] high = new double[MOST];
  private final double[] gapStep = new double[MOST];
  private int stretches;
  private long width = 1;
  private long inLast;

  /** Adds the next point of the curve. */
  void add(double step, double value) {
    if (stretches == 0 || inLast == width) {
      if (stretches == MOST) {
        join();
      }
      if (inLast == width || stretches == 0) {
        open();
      }
    }
    inLast++;
    int at = stretches - 1;
    if (!Double.isFinite(value)) {
      gapStep[at] = step;
      return;
    }
    if (!(low[at] <= value)) {
      low[at] = value;
      lowStep[at] = step;
    }
    if (!(high[at] >= value)) {
      high[at] = value;
      highStep[at] = step;
    }
  }

  private void open() {
    low[stretches] = Double.NaN;
    lowStep[stretches] = Double.NaN;
    high[stretches] = Double.NaN;
    highStep[stretches] = Double.NaN;
    gapStep[stretches] = Double.NaN;
    stretches++;
    inLast = 0;
  }

  /** Halves the stretches; the last one stays whole, as their number is even. */
  private void join() {
    for (int i = 0; i < MOST / 2; i++) {
      int a = 2 * i;
      int b = a + 1;
      int lower = low[b] < low[a] || Double.isNaN(low[a]) ? b : a;
      int higher = high[b] > high[a] || Double.isNaN(high[a]) ? b : a;
      double lowest = low[lower];
      double lowestStep = lowStep[lower];
      double highest = high[higher];
      double highestStep = highStep[higher];
      gapStep[i] = Double.isNaN(gapStep[a]) ? gapStep[b] : gapStep[a];
      low[i] = lowest;
      lowStep[i] = lowestStep;
      high[i] = highest;
      highStep[i] = highestStep;
    }
    stretches = MOST / 2;
    width *= 2;
    inLast = width;
  }

  /** The kept points in the order of their steps: steps first, then values, NaN for a gap. */
  double[][] points() {
    List<double[]> kept = new ArrayList<>();
    for (int i = 0; i < stretches; i++) {
      if (!Double.isNaN(lowStep[i])) {
        kept.add(new double[] {lowStep[i], low[i]});
      }
      if (!Double.isNaN(highStep[i]) && highStep[i] != lowStep[i]) {
        kept.add(new double[] {highStep[i], high[i]});
      }
      if (!Double.isNaN(gapStep[i])) {
        kept.add(new double[] {gapStep[i], Double.NaN});
      }
    }
    // A log can go back, where two runs were written into one file.
    kept.sort(Comparator.comparingDouble(point -> point[0]));
    return new double[][] {
      kept.stream().mapToDouble(point -> point[0]).toArray(),
      kept.stream().mapToDouble(point -> point[1]).toArray()
    };
  }
}
