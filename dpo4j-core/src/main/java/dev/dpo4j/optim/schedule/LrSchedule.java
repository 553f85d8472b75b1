/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

/** The learning rate over a run; those of this package are equal to transformers'. */
@FunctionalInterface
public interface LrSchedule {
  /**
   * The rate that optimizer step {@code step} trains with; the first step is 0.
   *
   * <p>The trainer logs this number for the step that it has just done.
   */
  double lr(long step);

  /**
   * The number of warm-up steps that an option {@code warmup_steps} means.
   *
   * @param option steps if 1 or more (a fraction is cut), else the share of the run, rounded up
   * @param trainingSteps optimizer steps of the whole run
   */
  static long warmupSteps(double option, long trainingSteps) {
    return option >= 1 ? (long) option : (long) Math.ceil(trainingSteps * option);
  }
}
