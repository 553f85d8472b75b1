/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.model.LanguageModel;

/** A number that a program computes of the model at each evaluation. */
@FunctionalInterface
public interface EvalMetric {
  /**
   * Computes the number; the training goes on afterwards, so that the model must stay as it is.
   *
   * @param policy the model as it is now
   */
  double of(LanguageModel policy);
}
