/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import org.jspecify.annotations.Nullable;

/**
 * Stochastic gradient descent as torch.optim.SGD takes it: the decay is part of the gradient, and
 * the momentum begins as the first gradient.
 */
final class Sgd extends ElementwiseOptimizer {
  private final Settings settings;
  private final HostedNumbers.@Nullable Array momentum;

  /**
   * Constants of the update.
   *
   * @param momentum decay of the sum of gradients; 0 keeps none
   * @param dampening share of a gradient that does not enter the sum
   * @param nesterov whether the sum is looked at one step ahead
   */
  record Settings(double momentum, double dampening, boolean nesterov) {}

  Sgd(
      ParameterStore parameters,
      ParameterRates rates,
      double weightDecay,
      Settings settings,
      HostedNumbers numbers) {
    super(parameters, rates, weightDecay, numbers);
    this.settings = settings;
    this.momentum = settings.momentum() == 0 ? null : kept("momentum_buffer");
  }

  @Override
  void update(Piece piece) {
    piece.decayGradient();
    Tensor gradient = piece.gradient();
    if (momentum == null) {
      piece.weights().add_(gradient, -piece.rate());
      return;
    }
    Tensor sum = piece.of(momentum);
    if (steps() == 1) {
      sum.copy_(gradient);
    } else {
      sum.mul_(settings.momentum()).add_(gradient, 1 - settings.dampening());
    }
    Tensor change = settings.nesterov() ? gradient.add_(sum, settings.momentum()) : sum;
    piece.weights().add_(change, -piece.rate());
  }
}
