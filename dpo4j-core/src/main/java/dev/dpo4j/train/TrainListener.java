/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import java.util.Map;

/** Is told what a run does, on the thread that trains; a slow listener slows the run. */
public interface TrainListener {
  /** A listener that does nothing. */
  TrainListener NONE = new TrainListener() {};

  /** Called once before anything is computed. */
  default void onPlan(RunPlan plan) {}

  /** Called while reference log-probabilities are computed before training. */
  default void onReference(int rowsDone, int rows) {}

  /** Called after every optimizer step. */
  default void onStep(StepReport report) {}

  /** Called with every line of the log, evaluations included. */
  default void onLog(long step, double epoch, Map<String, Double> metrics) {}
}
