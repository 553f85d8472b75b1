/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Training met a number that is infinite or not a number; the weights are as before the step. */
public final class NonFiniteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes the exception of a step. */
  public NonFiniteException(String message) {
    super(message);
  }

  /**
   * Refuses a number of a step that is not finite.
   *
   * @param what what the number is, such as {@code The loss}
   * @param rows the rows that it came of, as the task numbers them
   * @throws NonFiniteException if it is not finite
   */
  public static void check(
      String what, double value, OptimizerStep step, IntStream rows, TrainTask task) {
    if (Double.isFinite(value)) {
      return;
    }
    throw new NonFiniteException(
        "%s is %s at step %d, rows %s: the weights are those of the step before and were saved. %s"
            .formatted(
                what,
                value,
                step.step(),
                Arrays.toString(rows.map(task::sourceRow).toArray()),
                "Lower learning_rate, check max_grad_norm, or look at these rows with"
                    + " `dpo4j data inspect`."));
  }
}
