/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the metrics of micro-batches between two lines of the log.
 *
 * <p>As in TRL every micro-batch counts alike: a logged value is the mean of the means of the
 * micro-batches since the last line, over those that have the metric. The loss is the mean over
 * optimizer steps, each the sum of what its micro-batches contribute to it.
 */
public final class MetricAccumulator {
  /** Metrics that say where a run is: a line has the last one, not the mean. */
  private static final Set<String> PROGRESS = Set.of("episode", "lr");

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
   * What was gathered since the last line, so that gathering can go on in another process.
   *
   * @param steps optimizer steps since the last line
   * @param lossSum sum of their losses
   * @param sums of each metric, in the order of their first appearance
   * @param counts micro-batches that had the metric, in the same order
   */
  public record State(
      long steps, double lossSum, Map<String, Double> sums, Map<String, Integer> counts) {
    /** Nothing gathered. */
    public static final State EMPTY = new State(0, 0, Map.of(), Map.of());

    /** Keeps the order of the maps. */
    public State {
      sums = Collections.unmodifiableMap(new LinkedHashMap<>(sums));
      counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }
  }

  /** What was gathered since the last line. */
  public State state() {
    Map<String, Double> sums = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    means.forEach(
        (name, mean) -> {
          sums.put(name, mean.sum);
          counts.put(name, mean.count);
        });
    return new State(steps, lossSum, sums, counts);
  }

  /** Goes on from what was gathered before; what is here is forgotten. */
  public void restore(State state) {
    means.clear();
    steps = state.steps();
    lossSum = state.lossSum();
    state
        .sums()
        .forEach(
            (name, sum) -> {
              Mean mean = new Mean();
              mean.sum = sum;
              mean.count = state.counts().getOrDefault(name, 0);
              means.put(name, mean);
            });
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
          boolean replaces = PROGRESS.contains(name);
          mean.sum = replaces ? value : mean.sum + value;
          mean.count = replaces ? 1 : mean.count + 1;
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
    PairMetrics.LENGTH_CORRELATION.resolve(line);
    means.clear();
    lossSum = 0;
    steps = 0;
    return line;
  }

  /** The same metrics under names that begin with {@code eval_}. */
  public static Map<String, Double> evaluation(double loss, Map<String, Double> metrics) {
    Map<String, Double> line = new LinkedHashMap<>();
    line.put("eval_loss", loss);
    Map<String, Double> resolved = new LinkedHashMap<>(metrics);
    PairMetrics.LENGTH_CORRELATION.resolve(resolved);
    resolved.forEach((name, value) -> line.put("eval_" + name, value));
    return line;
  }
}
