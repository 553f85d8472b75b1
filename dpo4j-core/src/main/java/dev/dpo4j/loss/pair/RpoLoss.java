/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import java.util.EnumSet;

/**
 * The RPO loss: DPO and a share of the chosen answers' log-loss.
 *
 * <p>Loss of a pair: -log σ(β Δ) + α NLL.
 *
 * <p>Gradient: that of sigmoid, and -α times the log-loss's normalization for every chosen token.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693 and α times the model's log-loss on the chosen answers.
 *
 * <p>Use it where plain DPO lowers the chosen answers, as in reasoning.
 *
 * <p>Avoid it with an α of another tool: token_mean is old TRL's rpo_alpha, sequence_mean the
 * paper's and LLaMA-Factory's pref_ftx.
 *
 * <p>Pang et al. 2024, "Iterative Reasoning Preference Optimization", arXiv 2404.19733;
 * rpo_normalization names what the log-loss is divided by.
 */
public final class RpoLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "rpo",
          "The RPO loss: DPO and a share of the chosen answers' log-loss.",
          "-log σ(β Δ) + α NLL",
          "that of sigmoid, and -α times the log-loss's normalization for every " + "chosen token.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693 and α times the model's log-loss on the chosen answers.",
          "Pang et al. 2024, \"Iterative Reasoning Preference Optimization\", arXiv "
              + "2404.19733; rpo_normalization names what the log-loss is divided by.",
          "where plain DPO lowers the chosen answers, as in reasoning.",
          "with an α of another tool: token_mean is old TRL's rpo_alpha, "
              + "sequence_mean the paper's and LLaMA-Factory's pref_ftx.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF,
              LossOption.MARGIN,
              LossOption.RPO_ALPHA,
              LossOption.RPO_NORMALIZATION),
          ImplicitReward.LOG_RATIO);

  private RpoLoss() {}
}
