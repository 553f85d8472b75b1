/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;

/**
 * AdEMAMix: Adam with a second, slow mean of the gradients.
 *
 * <p>Source: "The AdEMAMix Optimizer: Better, Faster, Older", arXiv 2409.03137, with the schedules
 * of alpha and of the slow decay as bitsandbytes takes them.
 */
final class AdEmaMix extends ElementwiseOptimizer {
  private final Settings settings;
  private final HostedNumbers.Array fast;
  private final HostedNumbers.Array slow;
  private final HostedNumbers.Array squares;

  /**
   * Constants of the update.
   *
   * @param beta1 decay of the fast mean
   * @param beta2 decay of the mean square
   * @param beta3 decay of the slow mean
   * @param alpha weight of the slow mean
   * @param epsilon added to the root
   * @param alphaSteps steps over which alpha rises to its value; 0 for at once
   * @param beta3Steps steps over which beta3 rises from beta1 to its value; 0 for at once
   */
  record Settings(
      double beta1,
      double beta2,
      double beta3,
      double alpha,
      double epsilon,
      double alphaSteps,
      double beta3Steps) {}

  AdEmaMix(
      ParameterStore parameters,
      ParameterRates rates,
      double weightDecay,
      Settings settings,
      HostedNumbers numbers) {
    super(parameters, rates, weightDecay, numbers);
    this.settings = settings;
    this.fast = kept("m1");
    this.slow = kept("m2");
    this.squares = kept("nu");
  }

  @Override
  void update(Piece piece) {
    Tensor gradient = piece.gradient();
    double beta3 = beta3();
    Tensor m1 = piece.of(fast).mul_(settings.beta1()).add_(gradient, 1 - settings.beta1());
    Tensor m2 = piece.of(slow).mul_(beta3).add_(gradient, 1 - beta3);
    Tensor nu =
        piece.of(squares).mul_(settings.beta2()).addcmul_(gradient, gradient, 1 - settings.beta2());
    double fastShare = 1 / (1 - Math.pow(settings.beta1(), (double) steps()));
    double rootShare = 1 / Math.sqrt(1 - Math.pow(settings.beta2(), (double) steps()));
    Tensor root = piece.scratch().copy_(nu).sqrt_().mul_(rootShare).add_(settings.epsilon());
    Tensor change = gradient.copy_(m1).mul_(fastShare).add_(m2, alpha()).div_(root);
    if (piece.decay() != 0) {
      change.add_(piece.weights(), piece.decay());
    }
    piece.weights().add_(change, -piece.rate());
  }

  private double alpha() {
    double alpha = settings.alpha();
    return settings.alphaSteps() == 0
        ? alpha
        : Math.min(steps() * alpha / settings.alphaSteps(), alpha);
  }

  private double beta3() {
    if (settings.beta3Steps() == 0) {
      return settings.beta3();
    }
    double from = Math.log(settings.beta1());
    double to = Math.log(settings.beta3());
    double share = steps() / settings.beta3Steps();
    return Math.min(Math.exp(from * to / ((1 - share) * to + share * from)), settings.beta3());
  }
}
