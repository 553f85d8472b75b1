/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.nio.file.Path;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Is told what a run does, on the thread that trains; a slow listener slows the run. */
public interface TrainListener {
  /** A listener that does nothing. */
  TrainListener NONE = new TrainListener() {};

  /** Called once before anything is computed. */
  default void onPlan(RunPlan plan) {}

  /** Called while reference log-probabilities are computed before training. */
  default void onReference(int rowsDone, int rows) {}

  /** Called while the held-out data are evaluated. */
  default void onEvaluation(int batchesDone, int batches) {}

  /** Called when a phase that comes before the run's own has ended, such as SFT before DPO. */
  default void onPhase(String name, TrainResult result) {}

  /**
   * Called when a run finds something that its user should know.
   *
   * @param name what the warning is called, such as {@code displacement}
   * @param message what was seen, and what to do
   */
  default void onWarning(String name, String message) {
    LoggerFactory.getLogger(TrainListener.class).warn("{}: {}", name, message);
  }

  /**
   * Called when a run tells what it did, such as how long sampling took.
   *
   * @param name what the note is about, such as {@code rollouts}
   * @param message what is to be said
   */
  default void onNote(String name, String message) {
    LoggerFactory.getLogger(TrainListener.class).info("{}: {}", name, message);
  }

  /** Called after every optimizer step. */
  default void onStep(StepReport report) {}

  /** Called with every line of the log, evaluations included. */
  default void onLog(long step, double epoch, Map<String, Double> metrics) {}

  /**
   * Called when a run has ended and its folder is complete, also where it was stopped.
   *
   * @param folder the run folder
   * @param result how the run ended
   */
  default void onEnd(Path folder, TrainResult result) {}
}
