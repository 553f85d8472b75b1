/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

import java.util.Arrays;

/**
 * The clipped loss of RLOO, which takes an answer as one action: {@code -min(r A, clip(r) A)} with
 * r the ratio of the answer's probability to that under the policy that sampled it.
 *
 * @param low r is clipped at 1 - low
 * @param high r is clipped at 1 + high
 */
public record RlooLoss(double low, double high) implements PolicyLoss {

  @Override
  public boolean isOfSequences() {
    return true;
  }

  @Override
  public SequenceLoss loss(SequenceLogps answer) {
    double sum = 0;
    for (int t = 0; t < answer.tokens(); t++) {
      sum += (double) answer.policy()[t] - answer.old()[t];
    }
    double ratio = Math.exp(sum);
    double advantage = answer.advantage();
    double plain = ratio * advantage;
    double clipped = Math.max(1 - low, Math.min(1 + high, ratio)) * advantage;
    double[] byLogp = new double[answer.tokens()];
    Arrays.fill(byLogp, plain <= clipped ? -plain : 0);
    return new SequenceLoss(
        -Math.min(plain, clipped),
        byLogp,
        0,
        ratio < 1 - low && advantage < 0 ? 1 : 0,
        ratio > 1 + high && advantage > 0 ? 1 : 0);
  }
}
