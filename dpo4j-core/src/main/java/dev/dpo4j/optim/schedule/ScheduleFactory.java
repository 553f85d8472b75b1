/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

/** Makes the schedule of a run; a program whose learning rate has a shape of its own gives one. */
@FunctionalInterface
public interface ScheduleFactory {
  /**
   * Makes the schedule.
   *
   * @param learningRate the {@code learning_rate} of the configuration
   * @param trainingSteps optimizer steps of the whole run
   */
  LrSchedule create(double learningRate, long trainingSteps);
}
