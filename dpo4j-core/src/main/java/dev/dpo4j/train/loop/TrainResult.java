/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.metrics.JsonlSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a run ended.
 *
 * @param steps optimizer steps done
 * @param stopped whether it was stopped before its last step
 * @param trainLoss mean of the steps' losses
 * @param seconds from the start of the first step to the end of the last
 * @param stepsNow those of them that were not done before a resumption
 * @param totalFlos floating-point operations of all steps, as transformers estimates them
 * @param peakMemoryBytes the most memory that the process held, 0 where the system does not tell
 * @param log every line of the log
 */
public record TrainResult(
    long steps,
    boolean stopped,
    double trainLoss,
    double seconds,
    long stepsNow,
    double totalFlos,
    long peakMemoryBytes,
    List<LogLine> log) {

  /**
   * A line of the log.
   *
   * @param step optimizer steps done
   * @param epoch the share of the run done, in epochs
   * @param metrics the values in the order of the log
   */
  public record LogLine(long step, double epoch, Map<String, Double> metrics) {
    /**
     * Reads the lines of a run's {@code metrics.jsonl}.
     *
     * @throws java.io.UncheckedIOException if the file cannot be read or is not one
     */
    public static List<LogLine> read(Path metrics) {
      List<LogLine> lines = new ArrayList<>();
      JsonlSink.replay(
          metrics, (step, epoch, values) -> lines.add(new LogLine(step, epoch, values)));
      return lines;
    }
  }

  public TrainResult {
    log = List.copyOf(log);
  }
}
