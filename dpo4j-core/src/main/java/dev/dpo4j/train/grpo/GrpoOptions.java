/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.config.Option;
import dev.dpo4j.loss.group.Advantages;
import org.jspecify.annotations.Nullable;

/** The loss of GRPO and its kin. */
public record GrpoOptions(
    @Option(
            defaultValue = "dapo",
            help =
                "What the sum over the tokens is divided by: dapo takes the tokens of the optimizer "
                    + "step, bnpo those of the micro-batch, grpo those of each answer, and dr_grpo "
                    + "max_completion_length for each answer.",
            difference = "cispo, sapo, luspo and vespo are not built.")
        Normalizer lossType,
    @Option(
            defaultValue = "group",
            choices = {"group", "batch", "none", "true", "false"},
            help =
                "What a reward less the mean of its group is divided by: the standard deviation of "
                    + "the group, that of the whole rollout (batch), or nothing (none). true means "
                    + "group and false means none.")
        String scaleRewards,
    @Option(
            defaultValue = "sum_then_normalize",
            choices = {"sum_then_normalize", "normalize_then_sum"},
            help =
                "Whether several rewards are added up before they are compared within a group, or "
                    + "each is normalised by itself before they are added up (GDPO).")
        String multiObjectiveAggregation,
    @Option(
            defaultValue = "token",
            choices = {"token", "sequence"},
            help =
                "Whether each token has a ratio of its own, or each answer has one, the geometric "
                    + "mean over its tokens (GSPO).")
        String importanceSamplingLevel,
    @Option(
            range = "(0,inf)",
            help = "Upper bound of a ratio that is not clipped otherwise; null means none.")
        @Nullable Double delta,
    @Option(
            defaultValue = "true",
            help =
                "Multiplies the estimate of the KL divergence by the ratio, so that its gradient is "
                    + "that of the divergence.")
        boolean useBiasCorrectionKl) {

  /** What the loss of a micro-batch is divided by. */
  public enum Normalizer {
    /** The tokens of each answer, then the number of answers. */
    GRPO,
    /** The tokens of the micro-batch. */
    BNPO,
    /** The number of answers times the longest possible answer. */
    DR_GRPO,
    /** The tokens of the optimizer step. */
    DAPO;
  }

  /** What leads are divided by. */
  Advantages.Scale scale() {
    return switch (scaleRewards) {
      case "batch" -> Advantages.Scale.BATCH;
      case "none", "false" -> Advantages.Scale.NONE;
      default -> Advantages.Scale.GROUP;
    };
  }

  /** Whether each reward is normalised by itself. */
  public boolean decoupled() {
    return multiObjectiveAggregation.equals("normalize_then_sum");
  }

  boolean isOfSequences() {
    return importanceSamplingLevel.equals("sequence");
  }
}
