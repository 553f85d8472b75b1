/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * The DPO loss: -log σ(β Δ) with Δ = [log π(y_w) - log π_ref(y_w)] - [log π(y_l) - log π_ref(y_l)].
 *
 * <p>Rafailov et al. 2023, "Direct Preference Optimization", equation 7. Its gradient by Δ is -β
 * σ(-β Δ): pairs that the implicit reward β log(π / π_ref) ranks wrongly pull hardest. At the first
 * step, where π = π_ref, it is log 2.
 *
 * @param beta strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5
 */
public record SigmoidLoss(double beta) implements PairLoss {

  @Override
  public Dual loss(Pair pair) {
    Dual delta = pair.chosenLogRatio().minus(pair.rejectedLogRatio());
    return delta.times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
