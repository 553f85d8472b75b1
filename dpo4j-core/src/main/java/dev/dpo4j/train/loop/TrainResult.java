/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

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
  public record LogLine(long step, double epoch, Map<String, Double> metrics) {}

  public TrainResult {
    log = List.copyOf(log);
  }
}
