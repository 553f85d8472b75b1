/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

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
  COSINE_WITH_MIN_LR;

  /** The name in a configuration, such as {@code cosine_with_min_lr}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
