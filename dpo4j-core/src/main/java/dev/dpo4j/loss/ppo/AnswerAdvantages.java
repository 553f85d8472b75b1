/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

import java.util.ArrayList;
import java.util.List;

/**
 * What the answers of a rollout are trained with.
 *
 * @param divergences the KL estimate of each answer and token
 * @param raw the advantages before whitening
 * @param advantages of each answer and token
 * @param returns what the value before each token is trained towards
 */
public record AnswerAdvantages(
    List<double[]> divergences,
    List<double[]> raw,
    List<double[]> advantages,
    List<double[]> returns) {

  /**
   * One answer as it was drawn.
   *
   * @param logps log-probability of each token under the policy that drew it
   * @param reference log-probability of each token under the reference
   * @param values value before each token; one more, after the last token, where the answer is
   *     shorter than the longest one of the rollout
   * @param score its reward
   */
  @SuppressWarnings("ArrayRecordComponent") // numbers of tokens; never compared
  public record Drawn(double[] logps, double[] reference, double[] values, double score) {
    /** Tokens of the answer. */
    public int tokens() {
      return logps.length;
    }
  }

  /**
   * How advantages are made.
   *
   * @param rewards how rewards come to the tokens
   * @param estimation how advantages come of rewards and values
   * @param whitenRewards whether rewards are brought to a variance of 1, their mean kept
   * @param whitenAdvantages whether advantages are brought to a mean of 0 and a variance of 1
   */
  public record Rule(
      TokenRewards rewards,
      AdvantageEstimation estimation,
      boolean whitenRewards,
      boolean whitenAdvantages) {}

  /** Makes the advantages of the answers of a rollout. */
  public static AnswerAdvantages of(List<Drawn> answers, Rule rule) {
    int[] tokens = answers.stream().mapToInt(Drawn::tokens).toArray();
    int[] places = answers.stream().mapToInt(answer -> answer.values().length).toArray();
    List<double[]> divergences = new ArrayList<>();
    List<double[]> rewards = new ArrayList<>();
    for (Drawn answer : answers) {
      double[] divergence = rule.rewards().divergences(answer.logps(), answer.reference());
      divergences.add(divergence);
      rewards.add(rule.rewards().rewards(divergence, answer.score(), answer.values().length));
    }
    if (rule.whitenRewards()) {
      rewards = Whitening.whiten(rewards, places, false);
    }
    List<double[]> raw = new ArrayList<>();
    List<double[]> returns = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      double[] values = answers.get(i).values();
      double[] found = rule.estimation().advantages(rewards.get(i), values);
      raw.add(found);
      returns.add(AdvantageEstimation.returns(found, values));
    }
    List<double[]> advantages = rule.whitenAdvantages() ? Whitening.whiten(raw, tokens, true) : raw;
    return new AnswerAdvantages(divergences, raw, advantages, returns);
  }
}
