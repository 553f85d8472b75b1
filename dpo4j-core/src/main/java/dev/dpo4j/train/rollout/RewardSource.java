/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import java.util.List;

/** Says how good answers are: a model, an endpoint, or a rule. */
@FunctionalInterface
public interface RewardSource extends AutoCloseable {
  /**
   * Judges answers.
   *
   * @param samples the answers of a rollout; those to one prompt stand side by side
   * @return a number for each, more is better; NaN where there is no opinion on an answer
   */
  double[] score(List<RolloutSample> samples);

  /** Frees what the source holds; most hold nothing. */
  @Override
  default void close() {}
}
