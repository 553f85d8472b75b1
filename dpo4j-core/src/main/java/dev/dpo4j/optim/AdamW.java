/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Gradients;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.AdamWStep;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedNumbers;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * AdamW over the flat storage of a model, with clipping by the global norm.
 *
 * <p>Source: "Decoupled Weight Decay Regularization", arXiv 1711.05101, algorithm 2. Moments are
 * float32 unless a narrower {@link MomentFormat} is asked for; they are then widened piece by piece
 * for the step. Weight decay applies to the decayed prefix of the storage only.
 */
public final class AdamW implements Optimizer {
  /** Multiples of it, modulo 1, are spread over [0, 1) more evenly than those of any other. */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  /** Numbers that are widened at once; they stay in the processor's cache. */
  private static final long PIECE = 1L << 18;

  private final ParameterStore parameters;
  private final Hyperparameters hyper;
  private final ParameterRates rates;
  private final HostedNumbers numbers;
  private final Moment firstMoment;
  private final Moment secondMoment;
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
            "adam_epsilon must be greater than 0 and weight_decay at least 0 but were %s and %s"
                .formatted(epsilon, weightDecay));
      }
    }
  }

  /** Makes an optimizer with zero moments in float32. */
  public AdamW(ParameterStore parameters, Hyperparameters hyper) {
    this(parameters, hyper, MomentFormat.FLOAT32);
  }

  /** Makes an optimizer with zero moments and one rate for all parameters. */
  public AdamW(ParameterStore parameters, Hyperparameters hyper, MomentFormat format) {
    this(parameters, hyper, format, ParameterRates.SAME);
  }

  /** Makes an optimizer with zero moments. */
  public AdamW(
      ParameterStore parameters, Hyperparameters hyper, MomentFormat format, ParameterRates rates) {
    this(parameters, hyper, format, rates, new HostedNumbers(false));
  }

  /**
   * Makes an optimizer with zero moments.
   *
   * @param numbers where the moments lie; closed with the optimizer
   */
  AdamW(
      ParameterStore parameters,
      Hyperparameters hyper,
      MomentFormat format,
      ParameterRates rates,
      HostedNumbers numbers) {
    this.parameters = parameters;
    this.hyper = hyper;
    this.rates = rates;
    this.numbers = numbers;
    this.firstMoment = new Moment(numbers, format, parameters.count(), false);
    this.secondMoment = new Moment(numbers, format, parameters.count(), true);
  }

  /** Both moments under the names of torch, {@code exp_avg} and {@code exp_avg_sq}. */
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = firstMoment.state("exp_avg");
    state.putAll(secondMoment.state("exp_avg_sq"));
    return state;
  }

  @Override
  public boolean stateLiesAsParameters() {
    return firstMoment.isFloat32();
  }

  @Override
  public void resume(long stepsTaken) {
    steps = stepsTaken;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public ParameterStore parameters() {
    return parameters;
  }

  @Override
  public void step(double learningRate) {
    steps++;
    numbers.walk(
        parameters.count(),
        (from, to) -> {
          if (firstMoment.isFloat32()) {
            updateInPlace(from, to, learningRate);
          } else {
            updateInPieces(from, to, learningRate);
          }
        });
    if (copy() != null) {
      parameters.copied();
    }
    parameters.gradients().zero();
  }

  /** In one go, but for gradients that have to be widened. */
  private void updateInPlace(long from, long to, double learningRate) {
    Tensor m = firstMoment.float32();
    Tensor v = secondMoment.float32();
    long base = firstMoment.begin();
    long narrowFrom = Math.max(from, Math.min(to, parameters.gradients().narrowFrom()));
    long narrowTo = Math.max(from, Math.min(to, parameters.gradients().narrowTo()));
    update(from, narrowFrom - from, m, v, base, learningRate);
    for (long at = narrowFrom; at < narrowTo; at += PIECE) {
      update(at, Math.min(PIECE, narrowTo - at), m, v, base, learningRate);
    }
    update(narrowTo, to - narrowTo, m, v, base, learningRate);
  }

  private void updateInPieces(long begin, long end, double learningRate) {
    double dither = fraction(steps * GOLDEN_RATIO);
    double ditherSquares = fraction(steps * GOLDEN_RATIO + 0.5);
    try (Scope scope = Scope.open()) {
      Tensor first = Tensor.zeros(DType.FLOAT32, PIECE);
      Tensor second = Tensor.zeros(DType.FLOAT32, PIECE);
      Tensor scratch = Tensor.empty(DType.FLOAT32, PIECE);
      for (long from = begin; from < end; from += PIECE) {
        try (Scope piece = Scope.open()) {
          long count = Math.min(PIECE, end - from);
          long padded = (count + Moment.BLOCK - 1) / Moment.BLOCK * Moment.BLOCK;
          Tensor m = first.narrow(0, 0, padded);
          Tensor v = second.narrow(0, 0, padded);
          firstMoment.read(m, from);
          secondMoment.read(v, from);
          update(from, count, m, v, from, learningRate);
          firstMoment.write(m, scratch.narrow(0, 0, padded), from, dither);
          secondMoment.write(v, scratch.narrow(0, 0, padded), from, ditherSquares);
        }
      }
    }
  }

  private static double fraction(double x) {
    return x - Math.floor(x);
  }

  /** Updates weights whose moments lie in {@code m} and {@code v} from number {@code base} on. */
  private void update(long from, long count, Tensor m, Tensor v, long base, double learningRate) {
    long decayed = hyper.weightDecay() == 0 ? 0 : parameters.decayedCount();
    Gradients gradients = parameters.gradients();
    long[] borders = {decayed, gradients.narrowFrom(), gradients.narrowTo(), from + count};
    Arrays.sort(borders);
    long at = from;
    for (long border : borders) {
      while (at < Math.min(border, from + count)) {
        long end = Math.min(Math.min(border, from + count), rates.end(at));
        double decay = at < decayed ? hyper.weightDecay() : 0;
        update(at, end, m, v, base, learningRate * rates.at(at), decay);
        at = end;
      }
    }
  }

  private void update(
      long from, long to, Tensor m, Tensor v, long base, double learningRate, double weightDecay) {
    try (Scope scope = Scope.open()) {
      Tensor weights = slice(parameters.values(), from, to - from);
      Tensor gradients = parameters.gradients().read(from, to - from);
      Tensor first = slice(m, from - base, to - from);
      Tensor second = slice(v, from - base, to - from);
      AdamWStep step =
          new AdamWStep(
              steps, learningRate, hyper.beta1(), hyper.beta2(), weightDecay, hyper.epsilon());
      Tensor copy = copy();
      if (copy == null) {
        Ops.adamW(weights, gradients, first, second, step);
      } else {
        Fused.adamW(weights, gradients, first, second, slice(copy, from, to - from), step);
      }
    }
  }

  /** The copy of the weights in another type that the kernel of a card writes, or null. */
  private @Nullable Tensor copy() {
    return Fused.has(parameters.readValues()) ? parameters.copy() : null;
  }

  private static Tensor slice(Tensor flat, long offset, long count) {
    return flat.narrow(0, offset, count);
  }

  @Override
  public void close() {
    numbers.close();
  }
}
