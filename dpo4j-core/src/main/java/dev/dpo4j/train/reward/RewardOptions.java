/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.config.Option;
import dev.dpo4j.loss.RewardLoss;
import org.jspecify.annotations.Nullable;

/** The loss of a reward model. */
public record RewardOptions(
    @Option(
            range = "(0,inf)",
            help =
                "Weight of the square of the sum of both rewards, which keeps the mean reward near "
                    + "zero; 0.01 is usual, null means none (arXiv 2312.09244).")
        @Nullable Double centerRewardsCoefficient) {

  /** The loss as a function. */
  public RewardLoss loss() {
    return new RewardLoss(centerRewardsCoefficient);
  }
}
