/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim.schedule;

import java.util.Locale;

/** How the learning rate goes over a run; the names are those of transformers. */
public enum LrSchedulerType {
  /** The same rate at every step; a warm-up has no effect. */
  CONSTANT,
  /** A linear rise over the warm-up, then the same rate. */
  CONSTANT_WITH_WARMUP,
  /** A linear rise over the warm-up, then a linear fall to zero at the last step. */
  LINEAR,
  /** A linear rise over the warm-up, then a cosine wave; half a wave falls to zero. */
  COSINE,
  /** As {@link #COSINE}, but the wave swings down to a smallest rate instead of zero. */
  COSINE_WITH_MIN_LR,
  /** As {@link #COSINE_WITH_MIN_LR}, but the first step of the warm-up trains, too. */
  COSINE_WARMUP_WITH_MIN_LR,
  /** A linear rise over the warm-up, then half cosine waves that each begin at the top. */
  COSINE_WITH_RESTARTS,
  /** A linear rise over the warm-up, then a fall along a power to a last rate. */
  POLYNOMIAL,
  /** A linear rise over the warm-up, then one over the root of the step. */
  INVERSE_SQRT,
  /** A rise, a level and a fall, each as long and of the shape that is asked for. */
  WARMUP_STABLE_DECAY,
  /** Falls when the evaluation has stopped getting better; a warm-up has no effect. */
  REDUCE_LR_ON_PLATEAU,
  /** Rises while the evaluation gets better and falls when it does not; without a warm-up. */
  GREEDY;

  /** The name in a configuration, such as {@code cosine_with_min_lr}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the rate follows a metric of the evaluation instead of the step. */
  public boolean followsMetric() {
    return this == REDUCE_LR_ON_PLATEAU || this == GREEDY;
  }

  /** Whether a warm-up has an effect. */
  boolean warmsUp() {
    return this != CONSTANT && !followsMetric();
  }
}
