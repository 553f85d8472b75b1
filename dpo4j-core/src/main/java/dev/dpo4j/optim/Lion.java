/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;

/**
 * Lion: the sign of a mean of the gradients.
 *
 * <p>Source: "Symbolic Discovery of Optimization Algorithms", arXiv 2302.06675, algorithm 2.
 */
final class Lion extends ElementwiseOptimizer {
  private final double beta1;
  private final double beta2;
  private final HostedNumbers.Array mean;

  Lion(
      ParameterStore parameters,
      ParameterRates rates,
      double weightDecay,
      double beta1,
      double beta2,
      HostedNumbers numbers) {
    super(parameters, rates, weightDecay, numbers);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.mean = kept("exp_avg");
  }

  @Override
  void update(Piece piece) {
    Tensor average = piece.of(mean);
    Tensor weights = piece.weights();
    Tensor change = piece.scratch().copy_(average).mul_(beta1).add_(piece.gradient(), 1 - beta1);
    average.mul_(beta2).add_(piece.gradient(), 1 - beta2);
    // The sign is the number over its size; the smallest float keeps 0 at 0.
    Tensor size = piece.gradient();
    Ops.abs(size, change);
    change.div_(size.clampMin_(Float.MIN_NORMAL));
    if (piece.decay() != 0) {
      change.add_(weights, piece.decay());
    }
    weights.add_(change, -piece.rate());
  }
}
