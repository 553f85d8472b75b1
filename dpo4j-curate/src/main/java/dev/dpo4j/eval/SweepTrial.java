/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A run of a sweep and what was measured of its model.
 *
 * @param name the name of its folder
 * @param settings the keys that were varied, with their values
 * @param seed the seed of the run
 * @param share the share of the whole training that it got, 1 for all of it
 * @param status {@code finished}, or {@code diverged} where no number was left
 * @param figures what was measured, by name
 * @param parts for each figure that is a mean over the held-out rows what each row adds to it, in
 *     their order; see {@link RowParts}
 */
public record SweepTrial(
    String name,
    Map<String, String> settings,
    long seed,
    double share,
    String status,
    Map<String, Double> figures,
    Map<String, List<Double>> parts) {
  /** The status of a run that ended as it should. */
  public static final String FINISHED = "finished";

  /** The status of a run whose loss or gradient was no finite number. */
  public static final String DIVERGED = "diverged";

  public SweepTrial {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    Map<String, List<Double>> copies = new LinkedHashMap<>();
    parts.forEach((figure, rows) -> copies.put(figure, List.copyOf(rows)));
    parts = Collections.unmodifiableMap(copies);
  }

  /** What each held-out row adds to a figure; nothing where it is no mean over rows. */
  public List<Double> parts(String figure) {
    return parts.getOrDefault(figure, List.of());
  }

  /** Whether it ended as it should. */
  public boolean finished() {
    return status.equals(FINISHED);
  }
}
