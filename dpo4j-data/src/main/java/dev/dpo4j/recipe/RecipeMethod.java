/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import java.util.Locale;

/** The methods of training that have a command of their own. */
public enum RecipeMethod {
  /** Direct Preference Optimization and the other pair losses. */
  DPO,
  /** Supervised fine-tuning. */
  SFT,
  /** Single answers with a label. */
  KTO,
  /** TRL's ORPOTrainer. */
  ORPO,
  /** TRL's CPOTrainer. */
  CPO,
  /** Reward models. */
  REWARD,
  /** TRL's GRPOTrainer. */
  GRPO,
  /** TRL's RLOOTrainer. */
  RLOO,
  /** DPO on pairs of the model's own answers. */
  ONLINE_DPO;

  /** Returns the name of the command. */
  public String command() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the rows are preference pairs. */
  public boolean isPairwise() {
    return this == DPO || this == ORPO || this == CPO;
  }
}
