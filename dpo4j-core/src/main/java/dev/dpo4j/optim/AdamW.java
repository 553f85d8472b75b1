/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.FusedAdamW;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/**
 * AdamW over the flat storage of a model, with clipping by the global norm.
 *
 * <p>Source: "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2. Moments are
 * float32. Weight decay applies to the decayed prefix of the storage only.
 */
public final class AdamW implements AutoCloseable {
  /** Added to the norm before the division, as torch's clip_grad_norm_ does. */
  private static final double CLIP_EPSILON = 1e-6;

  private final ParameterStore parameters;
  private final Hyperparameters hyper;
  private final FusedAdamW kernel = new FusedAdamW();
  private final Tensor firstMoment;
  private final Tensor secondMoment;
  private long steps;

  /**
   * Constants of the update.
   *
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment, positive
   * @param weightDecay fraction of the weight subtracted per unit of learning rate
   */
  public record Hyperparameters(double beta1, double beta2, double epsilon, double weightDecay) {
    public Hyperparameters {
      if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
        throw new IllegalArgumentException(
            "adam_beta1 and adam_beta2 must be in [0, 1) but were " + beta1 + " and " + beta2);
      }
      if (!(epsilon > 0) || !(weightDecay >= 0)) {
        throw new IllegalArgumentException(
            "adam_epsilon must be > 0 and weight_decay >= 0 but were %s and %s"
                .formatted(epsilon, weightDecay));
      }
    }
  }

  /** Makes an optimizer with zero moments. */
  public AdamW(ParameterStore parameters, Hyperparameters hyper) {
    this.parameters = parameters;
    this.hyper = hyper;
    this.firstMoment = zeros(parameters.count());
    this.secondMoment = zeros(parameters.count());
  }

  private static Tensor zeros(long count) {
    return Scope.outside(() -> Tensor.zeros(DType.FLOAT32, count));
  }

  /** The number of steps taken. */
  public long steps() {
    return steps;
  }

  /** The running means of the gradients, {@code [count]} of the parameters. */
  public Tensor firstMoment() {
    return firstMoment;
  }

  /** The running means of the squared gradients, {@code [count]} of the parameters. */
  public Tensor secondMoment() {
    return secondMoment;
  }

  /** Goes on after {@code stepsTaken} steps, whose moments were put into place. */
  public void resume(long stepsTaken) {
    steps = stepsTaken;
  }

  /**
   * The Euclidean norm of all gradients, as the norm of the norms of the parameters.
   *
   * <p>Norms of single parameters keep float32 sums short; they are combined in double.
   */
  public double gradNorm() {
    double squares = 0;
    try (Scope scope = Scope.open()) {
      for (Parameter parameter : parameters.parameters()) {
        double norm = slice(parameters.grads(), parameter.offset(), parameter.count()).norm();
        squares += norm * norm;
      }
    }
    return Math.sqrt(squares);
  }

  /** Scales the gradients down so that their norm, now {@code norm}, is at most {@code maximum}. */
  public void clip(double norm, double maximum) {
    double factor = maximum / (norm + CLIP_EPSILON);
    if (factor < 1) {
      parameters.grads().mul_(factor);
    }
  }

  /** Updates the weights with the present gradients and sets the gradients to zero. */
  public void step(double learningRate) {
    steps++;
    long decayed = hyper.weightDecay() == 0 ? 0 : parameters.decayedCount();
    update(0, decayed, learningRate, hyper.weightDecay());
    update(decayed, parameters.count() - decayed, learningRate, 0);
    parameters.grads().zero_();
  }

  private void update(long offset, long count, double learningRate, double weightDecay) {
    if (count == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      kernel.step(
          slice(parameters.values(), offset, count),
          slice(parameters.grads(), offset, count),
          slice(firstMoment, offset, count),
          slice(secondMoment, offset, count),
          steps,
          learningRate,
          hyper.beta1(),
          hyper.beta2(),
          weightDecay,
          hyper.epsilon());
    }
  }

  private static Tensor slice(Tensor flat, long offset, long count) {
    return flat.narrow(0, offset, count);
  }

  @Override
  public void close() {
    firstMoment.close();
    secondMoment.close();
    kernel.close();
  }
}
