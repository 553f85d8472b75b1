/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/** The reward of an answer that a loss implies and that the metrics {@code rewards/*} show. */
public enum ImplicitReward {
  /** β times the log-ratio of policy and reference. */
  LOG_RATIO,
  /** β times the policy's log-probability. */
  LOG_PROB,
  /** β times the policy's log-probability per token. */
  AVERAGE_LOG_PROB;

  public double of(double beta, double policy, double reference, int length) {
    return switch (this) {
      case LOG_RATIO -> beta * (policy - reference);
      case LOG_PROB -> beta * policy;
      case AVERAGE_LOG_PROB -> beta * policy / Math.max(1, length);
    };
  }
}
