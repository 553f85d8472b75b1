/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.Map;

/** Sees the state of a loop after every step and may keep it. */
public interface CheckpointKeeper {
  /** Keeps nothing. */
  CheckpointKeeper NONE = (state, evaluation) -> {};

  /**
   * Called after a step and all that was logged and evaluated after it.
   *
   * @param evaluation what was evaluated after this step; empty if nothing was
   */
  void afterStep(LoopState state, Map<String, Double> evaluation);

  /** Called when the loop was asked to stop before its last step. */
  default void onStop(LoopState state) {}
}
