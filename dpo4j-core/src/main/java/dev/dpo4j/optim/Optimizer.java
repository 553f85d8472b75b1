/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.util.Map;

/** Changes the weights of a model by their gradients, and keeps what it needs between steps. */
public interface Optimizer extends AutoCloseable {
  /** The weights that it changes, and their gradients. */
  ParameterStore parameters();

  /** What has to be kept for going on later, by names that torch gives it; may be empty. */
  Map<String, Tensor> state();

  /** Whether the tensors of {@link #state} lie as the parameters do, one float32 a weight. */
  boolean stateLiesAsParameters();

  /** Goes on after {@code stepsTaken} steps, whose state was put into place. */
  void resume(long stepsTaken);

  /** The number of steps taken. */
  long steps();

  /** Adds the gradients of all processes, before their norm and the step. */
  default void sumGradients(Collectives ranks) {
    if (ranks.isSeveral()) {
      parameters().gradients().flat().forEach(ranks::allReduceSum);
    }
  }

  /** The Euclidean norm of all gradients, as the norm of the norms of the parameters. */
  default double gradNorm() {
    return GradientNorm.of(parameters());
  }

  /** Scales the gradients down so that their norm, now {@code norm}, is at most {@code maximum}. */
  default void clip(double norm, double maximum) {
    GradientNorm.clip(parameters(), norm, maximum);
  }

  /**
   * Names the rule, so that a run goes on with the rule that it began with. A rule of your own with
   * constants names them here, too.
   */
  default String identity() {
    return getClass().getName();
  }

  /** Updates the weights with the present gradients and sets the gradients to zero. */
  void step(double learningRate);

  @Override
  void close();
}
