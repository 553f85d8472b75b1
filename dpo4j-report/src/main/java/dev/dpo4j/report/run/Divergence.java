/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Arrays;
import java.util.Optional;

/**
 * The loss of a run has left the numbers, or is far above where it began.
 *
 * @param step the last step that was looked at
 * @param first mean of the first points
 * @param last mean of the last points, NaN where the loss is no finite number
 */
public record Divergence(double step, double first, double last) {
  private static final String LOSS = "loss";

  /** Points at each end; fewer than twice as many say nothing. */
  private static final int POINTS = 10;

  /** Noise of a mean of ten points stays below this many of its first points' deviations. */
  private static final double DEVIATIONS = 4;

  /** Below this share of the first loss a rise is no reason to look. */
  private static final double SHARE = 0.2;

  /** Looks at the loss of a run. */
  public static Optional<Divergence> of(RunRecord run) {
    Curve curve = run.curves().get(LOSS);
    if (curve == null || curve.steps().length == 0) {
      return Optional.empty();
    }
    double[] values = curve.values();
    double step = curve.steps()[values.length - 1];
    double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
    int some = Math.min(POINTS, finite.length);
    double first = Arrays.stream(finite, 0, some).average().orElse(Double.NaN);
    if (!Double.isFinite(values[values.length - 1])) {
      return Optional.of(new Divergence(step, first, Double.NaN));
    }
    if (finite.length < 2 * POINTS) {
      return Optional.empty();
    }
    double last =
        Arrays.stream(finite, finite.length - POINTS, finite.length).average().orElse(Double.NaN);
    double squares =
        Arrays.stream(finite, 0, POINTS).map(value -> (value - first) * (value - first)).sum();
    double room = Math.max(SHARE * Math.abs(first), DEVIATIONS * Math.sqrt(squares / (POINTS - 1)));
    return last > first + room ? Optional.of(new Divergence(step, first, last)) : Optional.empty();
  }
}
