/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.train.options.Interval;

/**
 * When things happen.
 *
 * @param maxGradNorm gradients are scaled down to this norm; 0 for never
 * @param logging when metrics are logged
 * @param loggingSteps steps between two lines, for {@link Interval#STEPS}
 * @param logFirstStep whether the first step is logged, too
 * @param evaluation when the held-out data is evaluated
 * @param evalSteps steps between two evaluations, for {@link Interval#STEPS}
 * @param evalOnStart whether it is evaluated before the first step, too
 * @param evalDelay steps, or epochs for {@link Interval#EPOCH}, before the first evaluation
 */
public record LoopSettings(
    double maxGradNorm,
    Interval logging,
    long loggingSteps,
    boolean logFirstStep,
    Interval evaluation,
    long evalSteps,
    boolean evalOnStart,
    double evalDelay) {

  /** Whether the held-out data is evaluated after a step. */
  boolean isEvaluated(OptimizerStep step, StepPlan plan) {
    double reached = evaluation == Interval.EPOCH ? step.epoch() : step.step();
    return reached >= evalDelay && isDue(evaluation, evalSteps, step, plan);
  }

  /** The last step is always logged: a run shorter than logging_steps would leave no metrics. */
  boolean isLogged(OptimizerStep step, StepPlan plan) {
    boolean last = logging != Interval.NO && step.step() == plan.maxSteps();
    return isDue(logging, loggingSteps, step, plan) || (logFirstStep && step.step() == 1) || last;
  }

  private static boolean isDue(Interval interval, long every, OptimizerStep step, StepPlan plan) {
    return switch (interval) {
      case NO -> false;
      case STEPS -> step.step() % every == 0;
      case EPOCH -> step.step() % plan.stepsPerEpoch() == 0 || step.step() == plan.maxSteps();
    };
  }
}
