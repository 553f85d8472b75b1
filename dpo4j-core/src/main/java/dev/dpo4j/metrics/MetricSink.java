/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.Map;

/** Where the lines of the log go. */
@FunctionalInterface
public interface MetricSink extends AutoCloseable {

  /**
   * Takes a line.
   *
   * @param step optimizer steps done
   * @param epoch the share of the run done, in epochs
   * @param metrics the values, in the order in which they are to be shown
   * @throws java.io.UncheckedIOException if the line cannot be written
   */
  void log(long step, double epoch, Map<String, Double> metrics);

  /** Completes what was written; does nothing unless a sink needs it. */
  @Override
  default void close() {}
}
