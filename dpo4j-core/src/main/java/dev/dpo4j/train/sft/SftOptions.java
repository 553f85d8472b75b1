/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.sft;

import dev.dpo4j.config.Option;

/** Which loss SFT minimises. */
public record SftOptions(
    @Option(
            defaultValue = "nll",
            help =
                "nll is the mean of -log p over the learnt tokens of the optimizer batch; dft "
                    + "weighs each token by its own probability (arXiv 2508.05629).")
        SftLossType lossType) {
  /** Whether every token is weighed by its own probability. */
  public boolean dft() {
    return lossType == SftLossType.DFT;
  }
}
