/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;

/** Makes the optimizer of a run; a program that trains with a rule of its own gives one. */
@FunctionalInterface
public interface OptimizerFactory {
  /**
   * Makes the optimizer, which the run closes.
   *
   * @param trained the weights that it changes
   * @param rates what the learning rate is multiplied by, parameter by parameter
   */
  Optimizer create(ParameterStore trained, ParameterRates rates);

  /**
   * Bytes of what the optimizer keeps between steps, for the plan of the run's memory. Where a
   * factory does not say it, two float32 numbers a weight are reckoned with, as AdamW has them.
   */
  default long stateBytes(ParameterStore trained) {
    return 2L * Float.BYTES * trained.count();
  }
}
