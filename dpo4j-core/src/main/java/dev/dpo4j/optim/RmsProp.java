/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import org.jspecify.annotations.Nullable;

/** RMSprop as torch.optim.RMSprop takes it: gradients divided by the root of their mean square. */
final class RmsProp extends ElementwiseOptimizer {
  private final Settings settings;
  private final HostedNumbers.Array squares;
  private final HostedNumbers.@Nullable Array mean;
  private final HostedNumbers.@Nullable Array momentum;

  /**
   * Constants of the update.
   *
   * @param alpha decay of the mean square
   * @param epsilon added to the root
   * @param momentum decay of the sum of changes; 0 keeps none
   * @param centered whether the variance is taken instead of the mean square
   */
  record Settings(double alpha, double epsilon, double momentum, boolean centered) {}

  RmsProp(
      ParameterStore parameters,
      ParameterRates rates,
      double weightDecay,
      Settings settings,
      HostedNumbers numbers) {
    super(parameters, rates, weightDecay, numbers);
    this.settings = settings;
    this.squares = kept("square_avg");
    this.mean = settings.centered() ? kept("grad_avg") : null;
    this.momentum = settings.momentum() == 0 ? null : kept("momentum_buffer");
  }

  @Override
  void update(Piece piece) {
    piece.decayGradient();
    Tensor gradient = piece.gradient();
    Tensor scratch = piece.scratch();
    double rest = 1 - settings.alpha();
    Tensor square = piece.of(squares).mul_(settings.alpha()).addcmul_(gradient, gradient, rest);
    if (mean == null) {
      scratch.copy_(square);
    } else {
      Tensor average = piece.of(mean);
      Ops.sub(scratch, gradient, average);
      average.add_(scratch, rest);
      scratch.copy_(square).addcmul_(average, average, -1);
    }
    scratch.sqrt_().add_(settings.epsilon());
    if (momentum == null) {
      piece.weights().add_(gradient.mul_(-piece.rate()).div_(scratch));
    } else {
      Tensor sum = piece.of(momentum).mul_(settings.momentum()).add_(gradient.div_(scratch));
      piece.weights().add_(sum, -piece.rate());
    }
  }
}
