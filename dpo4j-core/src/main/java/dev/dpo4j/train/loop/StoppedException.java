/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.function.BooleanSupplier;

/** Leaves a pass over many batches because somebody asked the run to stop. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StoppedException() {
    super("the run was asked to stop", null, false, false);
  }

  /** Leaves if a stop was asked for. */
  public static void check(BooleanSupplier stopRequested) {
    if (stopRequested.getAsBoolean()) {
      throw new StoppedException();
    }
  }
}
