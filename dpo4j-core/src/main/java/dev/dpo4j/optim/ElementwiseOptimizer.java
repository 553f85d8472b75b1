/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Gradients;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An optimizer whose step treats every weight by itself.
 *
 * <p>The flat storage is walked in pieces that stay in the processor's cache, so that a rule of
 * several operations reads the memory of the model once. A piece has one rate and one decay.
 */
abstract class ElementwiseOptimizer implements Optimizer {
  private static final long PIECE = 1L << 18;

  private final ParameterStore parameters;
  private final ParameterRates rates;
  private final double weightDecay;
  private final HostedNumbers numbers;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private long steps;

  ElementwiseOptimizer(
      ParameterStore parameters, ParameterRates rates, double weightDecay, HostedNumbers numbers) {
    this.parameters = parameters;
    this.rates = rates;
    this.weightDecay = weightDecay;
    this.numbers = numbers;
  }

  /**
   * A stretch of the weights in a step.
   *
   * @param from its first number in the flat storage
   * @param weights to be changed
   * @param gradient its gradient; it is not used afterwards and may be changed
   * @param scratch memory of the same size with any content
   * @param rate the learning rate
   * @param decay the weight decay, 0 for norms and biases
   */
  record Piece(
      long from, Tensor weights, Tensor gradient, Tensor scratch, double rate, double decay) {
    /** The same stretch of a running mean. */
    Tensor of(HostedNumbers.Array flat) {
      return flat.narrow(from, weights.count());
    }

    /** Adds the decay to the gradient, as torch's older optimizers do. */
    void decayGradient() {
      if (decay != 0) {
        gradient.add_(weights, decay);
      }
    }
  }

  /** Updates the weights of a piece; {@link #steps} counts this step already. */
  abstract void update(Piece piece);

  /** Makes one number a weight, zero at first, that is kept between steps. */
  final HostedNumbers.Array kept(String name) {
    HostedNumbers.Array array = numbers.add(DType.FLOAT32, 1, parameters.count());
    state.put(name, array.all());
    return array;
  }

  @Override
  public final void step(double learningRate) {
    steps++;
    numbers.walk(parameters.count(), (from, to) -> step(from, to, learningRate));
    parameters.gradients().zero();
  }

  private void step(long begin, long stop, double learningRate) {
    try (Scope scope = Scope.open()) {
      Tensor scratch = Tensor.empty(DType.FLOAT32, Math.min(PIECE, parameters.count()));
      long end;
      for (long from = begin; from < stop; from = end) {
        end = Math.min(stop, end(from));
        try (Scope inner = Scope.open()) {
          update(
              new Piece(
                  from,
                  parameters.values().narrow(0, from, end - from),
                  parameters.gradients().read(from, end - from),
                  scratch.narrow(0, 0, end - from),
                  learningRate * rates.at(from),
                  from < parameters.decayedCount() ? weightDecay : 0));
        }
      }
    }
  }

  /** The end of the piece that begins there. */
  private long end(long from) {
    Gradients gradients = parameters.gradients();
    long end = Math.min(Math.min(from + PIECE, parameters.count()), rates.end(from));
    for (long border :
        new long[] {parameters.decayedCount(), gradients.narrowFrom(), gradients.narrowTo()}) {
      if (border > from) {
        end = Math.min(end, border);
      }
    }
    return end;
  }

  @Override
  public final Map<String, Tensor> state() {
    return Collections.unmodifiableMap(state);
  }

  @Override
  public final boolean stateLiesAsParameters() {
    return true;
  }

  @Override
  public final void resume(long stepsTaken) {
    steps = stepsTaken;
  }

  @Override
  public final long steps() {
    return steps;
  }

  @Override
  public final ParameterStore parameters() {
    return parameters;
  }

  @Override
  public final void close() {
    numbers.close();
  }
}
