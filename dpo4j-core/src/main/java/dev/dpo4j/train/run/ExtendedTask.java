/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.optim.GradientSums;
import dev.dpo4j.train.loop.EvalMetric;
import dev.dpo4j.train.loop.NonFiniteException;
import dev.dpo4j.train.loop.OptimizerStep;
import dev.dpo4j.train.loop.TrainTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A task with what any method can have beside it: averaged weights, and metrics of the program. */
final class ExtendedTask implements TrainTask {
  private static final String EVAL = "eval_";

  private final TrainTask task;
  private final LanguageModel policy;
  private final @Nullable Bema bema;
  private final Map<String, EvalMetric> metrics;
  private @Nullable GradientSums sums;

  ExtendedTask(
      TrainTask task, LanguageModel policy, @Nullable Bema bema, Map<String, EvalMetric> metrics) {
    this.task = task;
    this.policy = policy;
    this.bema = bema;
    this.metrics = metrics;
  }

  /** Lets the sums of the gradients over processes be whole when a step has been computed. */
  ExtendedTask summedBy(@Nullable GradientSums newSums) {
    sums = newSums;
    return this;
  }

  @Override
  public long updates(long steps) {
    return task.updates(steps);
  }

  @Override
  public void updatedBy(WeightUpdates updates) {
    task.updatedBy(updates);
  }

  @Override
  public void step(OptimizerStep step, MicroBatchLog log) {
    GradientSums begun = sums;
    try {
      task.step(step, log);
    } catch (NonFiniteException e) {
      // All processes know it at the same place; what they have begun must come to an end.
      if (begun != null) {
        begun.finish();
      }
      throw e;
    }
    if (begun != null) {
      begun.finish();
    }
  }

  @Override
  public void afterStep(long step) {
    task.afterStep(step);
    Bema averaged = bema;
    if (averaged != null) {
      averaged.afterStep(step);
    }
  }

  @Override
  public void saveState(Path checkpoint) throws IOException {
    task.saveState(checkpoint);
    Bema averaged = bema;
    if (averaged != null) {
      averaged.save(checkpoint);
    }
  }

  @Override
  public void restoreState(Path checkpoint) {
    task.restoreState(checkpoint);
    Bema averaged = bema;
    if (averaged != null) {
      averaged.restore(checkpoint);
    }
  }

  @Override
  public Map<String, Double> evaluate(BooleanSupplier stopRequested) {
    Map<String, Double> found = task.evaluate(stopRequested);
    if (metrics.isEmpty() || found.isEmpty()) {
      return found;
    }
    Map<String, Double> all = new LinkedHashMap<>(found);
    metrics.forEach(
        (name, metric) -> all.put(name.startsWith(EVAL) ? name : EVAL + name, metric.of(policy)));
    return all;
  }

  @Override
  public long tokens(int row) {
    return task.tokens(row);
  }

  @Override
  public int sourceRow(int row) {
    return task.sourceRow(row);
  }

  @Override
  public double flos(int[] microBatch) {
    return task.flos(microBatch);
  }

  @Override
  public double flos(OptimizerStep step) {
    return task.flos(step);
  }

  @Override
  public void ended() {
    task.ended();
  }

  @Override
  public int evalRows() {
    return task.evalRows();
  }

  @Override
  public int evalBatches() {
    return task.evalBatches();
  }

  @Override
  public void close() {
    task.close();
  }
}
