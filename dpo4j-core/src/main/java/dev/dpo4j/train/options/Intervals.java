/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import org.jspecify.annotations.Nullable;

/** The rule of transformers for numbers of steps that may also be a share of the run. */
public final class Intervals {
  private Intervals() {}

  /** Refuses a number that is neither a share below 1 nor a whole number of steps. */
  static void checkSteps(Check check, String key, @Nullable Double steps) {
    if (steps != null && steps > 1 && steps != Math.rint(steps)) {
      check.fault(key, "must be a whole number of steps, or a share below 1, but was " + steps);
    }
  }

  /** Returns the steps that an option means in a run of {@code trainingSteps}, at least 1. */
  public static long steps(double option, long trainingSteps) {
    return option < 1 ? Math.max(1, (long) Math.ceil(trainingSteps * option)) : (long) option;
  }
}
