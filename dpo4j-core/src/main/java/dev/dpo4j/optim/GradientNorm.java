/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Scope;

/** The norm of all gradients together, and clipping by it. */
final class GradientNorm {
  /** Added to the norm before the division, as torch's clip_grad_norm_ does. */
  private static final double CLIP_EPSILON = 1e-6;

  private GradientNorm() {}

  /**
   * The Euclidean norm of all gradients, as the norm of the norms of the parameters.
   *
   * <p>Norms of single parameters keep float32 sums short; they are combined in double.
   */
  static double of(ParameterStore parameters) {
    if (Fused.has(parameters.readValues()) && !parameters.hasNarrowGradients()) {
      // Sums are double there: one pass over all of them, and one number comes back.
      return parameters.grads().norm();
    }
    double squares = 0;
    for (Parameter parameter : parameters.parameters()) {
      // What had to be widened is freed before the next.
      try (Scope scope = Scope.open()) {
        double norm = parameters.gradients().read(parameter.offset(), parameter.count()).norm();
        squares += norm * norm;
      }
    }
    return Math.sqrt(squares);
  }

  /** Scales the gradients down so that their norm, now {@code norm}, is at most {@code maximum}. */
  static void clip(ParameterStore parameters, double norm, double maximum) {
    double factor = maximum / (norm + CLIP_EPSILON);
    if (factor < 1) {
      parameters.gradients().scale(factor);
    }
  }
}
