/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The log of a run.
 *
 * @param curves the metrics in the order in which they first appear
 * @param lines lines of the log
 * @param lastStep the last step of the log
 * @param notes what could not be read, in words
 */
public record Metrics(Map<String, Curve> curves, long lines, double lastStep, List<String> notes) {
  public Metrics {
    curves = Collections.unmodifiableMap(new LinkedHashMap<>(curves));
    notes = List.copyOf(notes);
  }
}
