/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

/** Training met a number that is infinite or not a number; the weights are as before the step. */
public final class NonFiniteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes the exception of a step. */
  public NonFiniteException(String message) {
    super(message);
  }

  public static NonFiniteException of(String what, double value, OptimizerStep step, String rows) {
    return new NonFiniteException(
        "%s is %s at step %d, rows %s: the weights are those of the step before and were saved. %s"
            .formatted(
                what,
                value,
                step.step(),
                rows,
                "Lower learning_rate, check max_grad_norm, or look at these rows with"
                    + " `dpo4j data inspect`."));
  }
}
