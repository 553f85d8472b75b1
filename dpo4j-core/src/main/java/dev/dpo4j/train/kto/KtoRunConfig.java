/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.RunConfig;

/** What a run on single answers judged good or bad is configured with. */
public interface KtoRunConfig extends RunConfig {
  /** Where the log-probabilities of the reference come from. */
  ReferenceOptions reference();

  /** Which loss is minimised. */
  KtoOptions loss();
}
