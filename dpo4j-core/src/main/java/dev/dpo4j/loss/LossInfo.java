/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import java.util.EnumSet;
import java.util.Set;

/**
 * What there is to say of a loss: the text of {@code dpo4j explain}, of the reference page and of
 * the Javadoc.
 *
 * <p>In the formulas lc and lr are the policy's log-probabilities of the chosen and the rejected
 * answer, rc and rr those of the reference, Lc = lc - rc and Lr = lr - rr, s is the derivative of
 * the f-divergence (s(L) = L for reverse_kl), Δ = s(Lc) - s(Lr), |y| the tokens of an answer, σ the
 * logistic function, and NLL the log-loss per token of the chosen answers.
 *
 * @param name the name in {@code loss_type}
 * @param summary one sentence
 * @param formula the loss of a pair
 * @param gradient what pulls at what, and how hard
 * @param beta the meaning and the unit of beta
 * @param atStart the value at the first step, where policy and reference are equal
 * @param paper where it comes from
 * @param use when to use it
 * @param avoid when not
 * @param options the options and columns that it looks at
 * @param reward the reward that the metrics show
 */
public record LossInfo(
    String name,
    String summary,
    String formula,
    String gradient,
    String beta,
    String atStart,
    String paper,
    String use,
    String avoid,
    Set<LossOption> options,
    ImplicitReward reward) {

  public LossInfo {
    options = Set.copyOf(options);
  }

  /** The options in the order of their declaration. */
  public Set<LossOption> orderedOptions() {
    EnumSet<LossOption> ordered = EnumSet.noneOf(LossOption.class);
    ordered.addAll(options);
    return ordered;
  }

  /** Whether the loss needs the log-probabilities of a reference model. */
  public boolean usesReference() {
    return reward == ImplicitReward.LOG_RATIO;
  }

  /** The text for a terminal. */
  public String explain() {
    return """
        %s: %s

          Loss of a pair   %s
          Gradient         %s
          Beta             %s
          At step 0        %s
          Use it           %s
          Avoid it         %s
          Options          %s
          Source           %s
        """
        .formatted(
            name,
            summary,
            formula,
            gradient,
            beta,
            atStart,
            use,
            avoid,
            String.join(", ", orderedOptions().stream().map(LossOption::configName).toList()),
            paper);
  }
}
