/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * A preference loss that judges each pair by itself.
 *
 * <p>Being one formula of one pair it can be given as a lambda: {@code pair ->
 * pair.policyChosen().minus(pair.policyRejected()).times(beta).logSigmoid().negate()}.
 */
@FunctionalInterface
public interface PairLoss extends PreferenceLoss {

  /** The loss of one pair with its gradient. */
  DualNumber loss(Pair pair);

  @Override
  default LossResult apply(PairLogps batch) {
    LossResult result = LossResult.zeros(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      DualNumber loss = loss(batch.pair(i));
      result.losses()[i] = loss.value();
      result.dChosen()[i] = loss.byChosen();
      result.dRejected()[i] = loss.byRejected();
    }
    return result;
  }
}
