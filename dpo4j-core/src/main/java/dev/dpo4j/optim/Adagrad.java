/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;

/** Adagrad as torch.optim.Adagrad takes it: gradients divided by the root of their squares' sum. */
final class Adagrad extends ElementwiseOptimizer {
  private final double rateDecay;
  private final double epsilon;
  private final HostedNumbers.Array squares;

  /**
   * Makes an optimizer.
   *
   * @param rateDecay the rate is divided by 1 plus this times the steps before
   * @param epsilon added to the root
   */
  Adagrad(
      ParameterStore parameters,
      ParameterRates rates,
      double weightDecay,
      double rateDecay,
      double epsilon,
      HostedNumbers numbers) {
    super(parameters, rates, weightDecay, numbers);
    this.rateDecay = rateDecay;
    this.epsilon = epsilon;
    this.squares = kept("sum");
  }

  @Override
  void update(Piece piece) {
    piece.decayGradient();
    Tensor gradient = piece.gradient();
    double rate = piece.rate() / (1 + (steps() - 1) * rateDecay);
    Tensor square = piece.of(squares).addcmul_(gradient, gradient, 1);
    Tensor root = piece.scratch().copy_(square).sqrt_().add_(epsilon);
    piece.weights().add_(gradient.mul_(-rate).div_(root));
  }
}
