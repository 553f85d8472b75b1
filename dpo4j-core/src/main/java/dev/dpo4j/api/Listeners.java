/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Tells several listeners in turn; a warning that nobody hears goes to the log. */
record Listeners(List<TrainListener> all) implements TrainListener {
  Listeners {
    all = List.copyOf(all);
  }

  @Override
  public void onPlan(RunPlan plan) {
    all.forEach(listener -> listener.onPlan(plan));
  }

  @Override
  public void onReference(int rowsDone, int rows) {
    all.forEach(listener -> listener.onReference(rowsDone, rows));
  }

  @Override
  public void onEvaluation(int batchesDone, int batches) {
    all.forEach(listener -> listener.onEvaluation(batchesDone, batches));
  }

  @Override
  public void onPhase(String name, TrainResult result) {
    all.forEach(listener -> listener.onPhase(name, result));
  }

  @Override
  public void onWarning(String name, String message) {
    if (all.isEmpty()) {
      TrainListener.NONE.onWarning(name, message);
    }
    all.forEach(listener -> listener.onWarning(name, message));
  }

  @Override
  public void onNote(String name, String message) {
    if (all.isEmpty()) {
      TrainListener.NONE.onNote(name, message);
    }
    all.forEach(listener -> listener.onNote(name, message));
  }

  @Override
  public void onStep(StepReport report) {
    all.forEach(listener -> listener.onStep(report));
  }

  @Override
  public void onLog(long step, double epoch, Map<String, Double> metrics) {
    all.forEach(listener -> listener.onLog(step, epoch, metrics));
  }

  @Override
  public void onEnd(Path folder, TrainResult result) {
    all.forEach(listener -> listener.onEnd(folder, result));
  }
}
