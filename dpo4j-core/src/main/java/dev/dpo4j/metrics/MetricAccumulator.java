/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the metrics of micro-batches between two lines of the log.
 *
 * <p>As in TRL every micro-batch counts alike: a logged value is the mean of the means of the
 * micro-batches since the last line, over those that have the metric. The loss is the mean over
 * optimizer steps, each the sum of what its micro-batches contribute to it.
 */
public final class MetricAccumulator {
  private final Map<String, Mean> means = new LinkedHashMap<>();
  private double lossSum;
  private long steps;

  private static final class Mean {
    private double sum;
    private int count;

    double value() {
      return sum / count;
    }
  }

  /**
   * Adds a micro-batch.
   *
   * @param lossShare what it contributes to the loss of its optimizer step
   * @param metrics its metrics
   */
  public void addMicroBatch(double lossShare, Map<String, Double> metrics) {
    lossSum += lossShare;
    metrics.forEach(
        (name, value) -> {
          Mean mean = means.computeIfAbsent(name, absent -> new Mean());
          mean.sum += value;
          mean.count++;
        });
  }

  /** Tells that an optimizer step is done. */
  public void endStep() {
    steps++;
  }

  /** Optimizer steps since the last line. */
  public long steps() {
    return steps;
  }

  /** The sum of the steps' losses since the last line. */
  public double lossSum() {
    return lossSum;
  }

  /**
   * The line of the log, after which gathering begins anew.
   *
   * @param gradNorm norm of the last step's gradient before clipping
   * @param learningRate rate of the last step
   * @param numTokens tokens trained on since the start of the run, prompts counted once an answer
   * @throws IllegalStateException if no step was done since the last line
   */
  public Map<String, Double> drain(@Nullable Double gradNorm, double learningRate, long numTokens) {
    if (steps == 0) {
      throw new IllegalStateException("No optimizer step was done since the last line of the log");
    }
    Map<String, Double> line = new LinkedHashMap<>();
    line.put("loss", lossSum / steps);
    if (gradNorm != null) {
      line.put("grad_norm", gradNorm);
    }
    line.put("learning_rate", learningRate);
    line.put("num_tokens", (double) numTokens);
    means.forEach((name, mean) -> line.put(name, mean.value()));
    means.clear();
    lossSum = 0;
    steps = 0;
    return line;
  }

  /** The same metrics under names that begin with {@code eval_}. */
  public static Map<String, Double> evaluation(double loss, Map<String, Double> metrics) {
    Map<String, Double> line = new LinkedHashMap<>();
    line.put("eval_loss", loss);
    metrics.forEach((name, value) -> line.put("eval_" + name, value));
    return line;
  }
}
