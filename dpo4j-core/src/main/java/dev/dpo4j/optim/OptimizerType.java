/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import java.util.Set;

/** The rule by which weights are changed; the arguments are those of {@code optim_args}. */
public enum OptimizerType {
  /** Adam with decoupled weight decay. */
  ADAMW(Set.of()),
  /** AdamW with running means in bfloat16. */
  ADAMW_BF16_STATES(Set.of()),
  /** AdamW with running means in 8-bit floats. */
  ADAMW_8BIT(Set.of()),
  /** Stochastic gradient descent. */
  SGD(Set.of("momentum", "dampening", "nesterov")),
  /** Gradients divided by the root of their mean square. */
  RMSPROP(Set.of("momentum", "alpha", "eps", "centered")),
  /** Gradients divided by the root of the sum of their squares. */
  ADAGRAD(Set.of("lr_decay", "eps")),
  /** Mean squares of rows and columns. */
  ADAFACTOR(Set.of()),
  /** The sign of a mean of the gradients. */
  LION(Set.of()),
  /** Adam with a second, slow mean. */
  ADEMAMIX(Set.of("alpha", "beta3", "t_alpha", "t_beta3"));

  @SuppressWarnings("ImmutableEnumChecker") // made by Set.of, which nobody can change
  private final Set<String> arguments;

  OptimizerType(Set<String> arguments) {
    this.arguments = arguments;
  }

  /** The names that {@code optim_args} may have. */
  Set<String> arguments() {
    return arguments;
  }

  boolean isAdamW() {
    return this == ADAMW || this == ADAMW_BF16_STATES || this == ADAMW_8BIT;
  }

  /** Whether {@code adam_beta1} and {@code adam_beta2} act. */
  boolean takesBetas() {
    return isAdamW() || this == LION || this == ADEMAMIX;
  }

  /** Whether a step looks at whole parameters, so that none can be divided among processes. */
  public boolean needsWholeParameters() {
    return this == ADAFACTOR;
  }

  /** Whether {@code adam_epsilon} acts. */
  boolean takesEpsilon() {
    return isAdamW() || this == ADEMAMIX;
  }
}
