/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import java.util.Locale;

/** The losses of supervised training; the names are those of TRL. */
public enum SftLossType {
  /** The mean of -log p over the learnt tokens of the optimizer batch. */
  NLL,
  /** The same with each token weighed by its own probability. */
  DFT;

  /** The name in a configuration. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
