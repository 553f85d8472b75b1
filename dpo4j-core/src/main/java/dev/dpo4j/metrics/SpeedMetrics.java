/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long a phase took and how fast it was, under transformers' names and with its rounding.
 *
 * <p>These are the only values of the log that differ between two runs of the same config.
 */
public final class SpeedMetrics {
  /** What the names of speed metrics end in, in the order of the log. */
  public static final List<String> SUFFIXES =
      List.of("_runtime", "_samples_per_second", "_steps_per_second");

  private SpeedMetrics() {}

  /**
   * Returns {@code <phase>_runtime}, {@code <phase>_samples_per_second} and {@code
   * <phase>_steps_per_second}; the rates are left out where no time passed.
   *
   * @param phase what the names begin with: {@code train} or {@code eval}
   * @param seconds what it took
   * @param samples rows that were gone through
   * @param steps optimizer steps, or batches of an evaluation
   */
  public static Map<String, Double> of(String phase, double seconds, double samples, double steps) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(phase + SUFFIXES.get(0), round(seconds, 1e4));
    if (seconds > 0) {
      metrics.put(phase + SUFFIXES.get(1), round(samples / seconds, 1e3));
      metrics.put(phase + SUFFIXES.get(2), round(steps / seconds, 1e3));
    }
    return metrics;
  }

  /** Whether a metric of that name depends on the clock. */
  static boolean contains(String name) {
    return SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static double round(double value, double scale) {
    return Math.rint(value * scale) / scale;
  }
}
