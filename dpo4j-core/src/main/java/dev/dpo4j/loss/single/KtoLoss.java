/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import java.util.Locale;

/**
 * The losses of single answers judged good or bad; {@code dpo4j explain kto} says more.
 *
 * <p>With L = log π(y) - log π_ref(y) a desirable answer has the loss w_D (1 - σ(β (L - z))), an
 * undesirable one w_U (1 - σ(β (z - L))). The point of reference z estimates the KL divergence
 * between policy and reference: the mean of L over answers that belong to other prompts, at least
 * 0, without gradient ({@link #klTerm}). Ethayarajh et al. 2024, "KTO: Model Alignment as Prospect
 * Theoretic Optimization", arXiv 2402.01306, equation 7. At the first step the loss is half the
 * weight.
 *
 * <p>{@link Kind#APO_ZERO_UNPAIRED} has 1 - σ(β L) and σ(β L) instead, without z; D'Oosterlinck et
 * al. 2024, arXiv 2408.06266, equation 7 for single answers.
 *
 * @param kind which of the two
 * @param beta strength of the tie to the reference, in reward units per nat
 * @param desirableWeight w_D
 * @param undesirableWeight w_U
 */
public record KtoLoss(Kind kind, double beta, double desirableWeight, double undesirableWeight) {

  /** What {@code explain} says of kto. */
  private static final LossInfo KTO_INFO =
      LossInfo.of(
          "kto",
          "desirable: w_D (1 - σ(β (L - z))); undesirable: w_U (1 - σ(β (z - L))); z = "
              + "max(0, mean of L over answers under other prompts of the optimizer batch); w_D"
              + " is desirable_weight, w_U undesirable_weight",
          "Ethayarajh et al. 2024, \"KTO: Model Alignment as Prospect Theoretic "
              + "Optimization\", arXiv 2402.01306, equation 7.",
          ImplicitReward.LOG_RATIO,
          LossOption.BETA);

  /** What {@code explain} says of apo_zero_unpaired. */
  private static final LossInfo APO_INFO =
      LossInfo.of(
          "apo_zero_unpaired",
          "desirable: w_D (1 - σ(β L)); undesirable: w_U σ(β L); w_D is desirable_weight,"
              + " w_U undesirable_weight",
          "D'Oosterlinck et al. 2024, \"Anchored Preference Optimization and Contrastive "
              + "Revisions\", arXiv 2408.06266, equation 7 for single answers.",
          ImplicitReward.LOG_RATIO,
          LossOption.BETA);

  /** The losses of single answers, by their names in {@code loss_type}. */
  public enum Kind {
    KTO,
    APO_ZERO_UNPAIRED;

    /** What there is to say of the loss. */
    public LossInfo info() {
      return this == KTO ? KTO_INFO : APO_INFO;
    }

    /** The name in a configuration. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if beta is not positive or a weight negative
   */
  public KtoLoss {
    if (!(beta > 0) || !(desirableWeight >= 0) || !(undesirableWeight >= 0)) {
      throw new IllegalArgumentException(
          "beta must be greater than 0, and desirable_weight and undesirable_weight at least 0, but were %s, %s and %s"
              .formatted(beta, desirableWeight, undesirableWeight));
    }
  }

  /**
   * The losses and their gradient.
   *
   * @param losses the loss of each answer
   * @param dPolicy derivative by the policy's log-probability of each answer
   * @param rewards implicit reward β L of each answer
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
  public record Result(double[] losses, double[] dPolicy, double[] rewards) {}

  /** Whether the point of reference z is needed. */
  public boolean usesKl() {
    return kind == Kind.KTO;
  }

  /**
   * The point of reference z of an optimizer batch: max(0, mean of the log-ratios).
   *
   * @param mismatchedLogRatios log π - log π_ref of answers under prompts that they do not belong
   *     to, over the whole batch of an optimizer step
   */
  public static double klTerm(double[] mismatchedLogRatios) {
    double sum = 0;
    for (double logRatio : mismatchedLogRatios) {
      sum += logRatio;
    }
    return mismatchedLogRatios.length == 0 ? 0 : Math.max(0, sum / mismatchedLogRatios.length);
  }

  /**
   * The loss of each answer and its gradient, not yet averaged.
   *
   * @param batch the answers
   * @param kl the point of reference, from {@link #klTerm}; not looked at by apo_zero_unpaired
   */
  public Result apply(UnpairedLogps batch, double kl) {
    int n = batch.size();
    Result result = new Result(new double[n], new double[n], new double[n]);
    double origin = usesKl() ? kl : 0;
    for (int i = 0; i < n; i++) {
      double logRatio = batch.policy()[i] - batch.reference()[i];
      boolean desirable = batch.desirable()[i];
      double sign = desirable ? 1 : -1;
      double weight = desirable ? desirableWeight : undesirableWeight;
      DualNumber gain = DualNumber.chosen(logRatio).minus(origin).times(sign * beta);
      DualNumber loss = gain.negate().sigmoid().times(weight);
      result.losses()[i] = loss.value();
      result.dPolicy()[i] = loss.byChosen();
      result.rewards()[i] = beta * logRatio;
    }
    return result;
  }
}
