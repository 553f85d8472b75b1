/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import java.util.Locale;
import java.util.Map;

/**
 * Ends a run whose evaluation does not improve any more, as transformers' EarlyStoppingCallback.
 *
 * <p>An evaluation counts as one without improvement unless it is better than the best before by
 * more than the threshold. The lines of the log tell a resumed run how many there were.
 */
public final class EarlyStopping {
  private final String metric;
  private final boolean greaterIsBetter;
  private final int patience;
  private final double threshold;
  private double best = Double.NaN;
  private int without;

  /**
   * Watches a metric.
   *
   * @param metric its name, with {@code eval_}
   * @param greaterIsBetter whether a greater value is better
   * @param patience evaluations without improvement after which the run ends
   * @param threshold by how much a value must be better
   */
  public EarlyStopping(String metric, boolean greaterIsBetter, int patience, double threshold) {
    this.metric = metric;
    this.greaterIsBetter = greaterIsBetter;
    this.patience = patience;
    this.threshold = threshold;
  }

  /**
   * Takes an evaluation.
   *
   * @throws ConfigException if it lacks the metric
   */
  void evaluated(Map<String, Double> evaluation) {
    Double value = evaluation.get(metric);
    if (value == null) {
      throw new ConfigException(
          new Fault(
              "early_stopping_patience",
              metric,
              "is not in the evaluation, which has " + String.join(", ", evaluation.keySet())));
    }
    boolean better = Double.isNaN(best) || (greaterIsBetter ? value > best : value < best);
    boolean enough = Double.isNaN(best) || Math.abs(value - best) > threshold;
    without = better && enough ? 0 : without + 1;
    if (better) {
      best = value;
    }
  }

  /** Whether the run is to end. */
  boolean isReached() {
    return without >= patience;
  }

  /** Says why the run ends. */
  String reason(long step, long steps) {
    return String.format(
        Locale.ROOT,
        "%s has not improved%s in %d evaluation%s (best %.6g): training ends after step %d of %d",
        metric,
        threshold > 0 ? " by more than " + threshold : "",
        without,
        without == 1 ? "" : "s",
        best,
        step,
        steps);
  }
}
