/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;

/** The RPO loss: DPO and a share of the chosen answers' log-loss. */
public final class RpoLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "rpo",
          "-log σ(β Δ) + α NLL",
          "Pang et al. 2024, \"Iterative Reasoning Preference Optimization\", arXiv "
              + "2404.19733; rpo_normalization names what the log-loss is divided by.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN,
          LossOption.RPO_ALPHA,
          LossOption.RPO_NORMALIZATION);

  private RpoLoss() {}
}
