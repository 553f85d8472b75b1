/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.data.SupervisedDataOptions;
import dev.dpo4j.train.options.RunConfig;

/** What a run of supervised fine-tuning is configured with. */
public interface SftRunConfig extends RunConfig {
  /** Which rows are read, and which of their tokens are learnt. */
  SupervisedDataOptions data();

  /** Which loss is minimised. */
  SftOptions loss();
}
