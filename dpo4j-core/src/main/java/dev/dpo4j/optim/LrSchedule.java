/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

/**
 * The learning rate as a function of the step, equal to transformers' schedules.
 *
 * @param type the shape
 * @param learningRate the rate at the end of the warm-up, greater than or equal to 0
 * @param warmupSteps steps of linear rise from zero; the first step then trains with rate zero
 * @param trainingSteps optimizer steps of the whole run
 * @param numCycles waves of a cosine between the warm-up and the end; 0.5 falls once
 * @param minLrRate smallest rate of {@code cosine_with_min_lr}, as a fraction of learningRate
 */
public record LrSchedule(
    LrSchedulerType type,
    double learningRate,
    long warmupSteps,
    long trainingSteps,
    double numCycles,
    double minLrRate) {

  /** Half a wave: the cosine falls once, from the top to the bottom. */
  public static final double HALF_WAVE = 0.5;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if a number of steps or the rate is negative
   */
  public LrSchedule {
    if (!(learningRate >= 0)) {
      throw new IllegalArgumentException("learning_rate must be 0 or more, but is " + learningRate);
    }
    if (warmupSteps < 0 || trainingSteps < 0) {
      throw new IllegalArgumentException(
          "Steps must be 0 or more, but warm-up has "
              + warmupSteps
              + " and the run "
              + trainingSteps);
    }
  }

  /** A schedule with half a cosine wave down to zero where the type is a cosine. */
  public static LrSchedule of(
      LrSchedulerType type, double learningRate, long warmupSteps, long trainingSteps) {
    return new LrSchedule(type, learningRate, warmupSteps, trainingSteps, HALF_WAVE, 0);
  }

  /**
   * The number of warm-up steps that an option {@code warmup_steps} means.
   *
   * @param option steps if 1 or more (a fraction is cut), else the share of the run, rounded up
   * @param trainingSteps optimizer steps of the whole run
   */
  public static long warmupSteps(double option, long trainingSteps) {
    return option >= 1 ? (long) option : (long) Math.ceil(trainingSteps * option);
  }

  /**
   * The rate that optimizer step {@code step} trains with; the first step is 0.
   *
   * <p>The trainer logs this number for the step that it has just done.
   */
  public double lr(long step) {
    return learningRate * factor(step);
  }

  private double factor(long step) {
    if (type == LrSchedulerType.CONSTANT) {
      return 1;
    }
    if (step < warmupSteps) {
      return (double) step / Math.max(1, warmupSteps);
    }
    return switch (type) {
      case CONSTANT, CONSTANT_WITH_WARMUP -> 1;
      case LINEAR ->
          Math.max(0, (double) (trainingSteps - step) / Math.max(1, trainingSteps - warmupSteps));
      case COSINE -> Math.max(0, wave(step));
      case COSINE_WITH_MIN_LR -> Math.max(0, wave(step) * (1 - minLrRate) + minLrRate);
    };
  }

  private double wave(long step) {
    double progress = (double) (step - warmupSteps) / Math.max(1, trainingSteps - warmupSteps);
    return 0.5 * (1 + Math.cos(Math.PI * numCycles * 2 * progress));
  }
}
