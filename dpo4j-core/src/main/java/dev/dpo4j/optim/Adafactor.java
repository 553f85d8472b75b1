/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adafactor: the mean squares of a matrix are kept as those of its rows and of its columns.
 *
 * <p>Source: "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", arXiv 1804.04235, as
 * transformers' class computes it with the arguments of its Trainer: the rate is that of the
 * schedule, there is no mean of the gradients, and an update is scaled down to a root mean square
 * of 1. A vector keeps one mean square a number; of a stack, each matrix is factored by itself.
 */
final class Adafactor implements Optimizer {
  private static final double EPSILON = 1e-30;
  private static final double DECAY_RATE = -0.8;
  private static final double CLIP_THRESHOLD = 1;

  /** Numbers that are computed at once. */
  private static final long PIECE = 1L << 18;

  private final ParameterStore parameters;
  private final ParameterRates rates;
  private final double weightDecay;
  private final Map<String, Long> offsets = new LinkedHashMap<>();
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private long steps;

  Adafactor(ParameterStore parameters, ParameterRates rates, double weightDecay) {
    this.parameters = parameters;
    this.rates = rates;
    this.weightDecay = weightDecay;
    long[] counts = new long[3];
    for (Parameter parameter : parameters.parameters()) {
      if (parameter.shape().length < 2) {
        counts[0] = place("exp_avg_sq", parameter, counts[0], parameter.count());
      } else {
        long columns = columns(parameter);
        long stacked = parameter.count() / columns / rows(parameter);
        counts[1] = place("exp_avg_sq_row", parameter, counts[1], parameter.count() / columns);
        counts[2] = place("exp_avg_sq_col", parameter, counts[2], stacked * columns);
      }
    }
    String[] names = {"exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col"};
    for (int i = 0; i < counts.length; i++) {
      long count = counts[i];
      if (count > 0) {
        state.put(names[i], Scope.outside(() -> Tensor.zeros(DType.FLOAT32, count)));
      }
    }
  }

  private long place(String name, Parameter parameter, long offset, long count) {
    offsets.put(name + parameter.name(), offset);
    return offset + count;
  }

  /** Bytes of the state for parameters. */
  static long stateBytes(ParameterStore parameters) {
    return parameters.parameters().stream()
        .mapToLong(
            p -> p.shape().length < 2 ? p.count() : p.count() / columns(p) + p.count() / rows(p))
        .map(numbers -> numbers * Float.BYTES)
        .sum();
  }

  private static long columns(Parameter parameter) {
    long[] shape = parameter.shape();
    return shape[shape.length - 1];
  }

  private static long rows(Parameter parameter) {
    long[] shape = parameter.shape();
    return shape[shape.length - 2];
  }

  /** What is kept of a parameter, or of one matrix of it. */
  private Tensor kept(String name, Parameter parameter, long skipped, long count) {
    Tensor all = state.get(name);
    Long offset = offsets.get(name + parameter.name());
    if (all == null || offset == null) {
      throw new IllegalStateException("there is no " + name + " of " + parameter.name());
    }
    return all.narrow(0, offset + skipped, count);
  }

  @Override
  public void step(double learningRate) {
    steps++;
    double decay = 1 - Math.pow((double) steps, DECAY_RATE);
    for (Parameter parameter : parameters.parameters()) {
      try (Scope scope = Scope.open()) {
        double rate = learningRate * rates.at(parameter.offset());
        Tensor gradient = parameters.gradients().read(parameter.offset(), parameter.count());
        Tensor weights = parameters.values().narrow(0, parameter.offset(), parameter.count());
        if (parameter.shape().length < 2) {
          scaleVector(parameter, gradient, decay);
        } else {
          scaleMatrices(parameter, gradient, decay);
        }
        // Now the update lies where the gradient was.
        double size = gradient.norm() / Math.sqrt((double) parameter.count());
        gradient.mul_(rate / Math.max(1, size / CLIP_THRESHOLD));
        if (weightDecay != 0 && parameter.decayed()) {
          weights.add_(weights, -weightDecay * rate);
        }
        weights.sub_(gradient);
      }
    }
    parameters.gradients().zero();
  }

  private void scaleVector(Parameter parameter, Tensor gradient, double decay) {
    Tensor squares = kept("exp_avg_sq", parameter, 0, parameter.count());
    Tensor root = Tensor.empty(DType.FLOAT32, parameter.count());
    Ops.mul(root, gradient, gradient);
    squares.mul_(decay).add_(root.add_(EPSILON), 1 - decay);
    gradient.mul_(root.copy_(squares).rsqrt_());
  }

  private void scaleMatrices(Parameter parameter, Tensor gradient, double decay) {
    long columns = columns(parameter);
    long rows = rows(parameter);
    Tensor matrices = gradient.view(-1, rows, columns);
    for (long i = 0; i < matrices.size(0); i++) {
      try (Scope scope = Scope.open()) {
        scaleMatrix(
            matrices.narrow(0, i, 1).view(rows, columns),
            kept("exp_avg_sq_row", parameter, i * rows, rows).view(rows, 1),
            kept("exp_avg_sq_col", parameter, i * columns, columns),
            decay);
      }
    }
  }

  /** Takes a matrix into the means of its rows and columns, and divides it by their roots. */
  private static void scaleMatrix(Tensor matrix, Tensor ofRows, Tensor ofColumns, double decay) {
    long rows = matrix.size(0);
    long columns = matrix.size(1);
    long step = Math.min(rows, Math.max(1, PIECE / columns));
    ofRows.mul_(decay);
    ofColumns.mul_(decay);
    Tensor squares = Tensor.empty(DType.FLOAT32, step, columns);
    Tensor rowSums = Tensor.empty(DType.FLOAT32, rows, 1);
    Tensor columnSums = Tensor.zeros(DType.FLOAT32, columns);
    Tensor part = Tensor.empty(DType.FLOAT32, columns);
    for (long from = 0; from < rows; from += step) {
      try (Scope scope = Scope.open()) {
        long count = Math.min(step, rows - from);
        Tensor piece = matrix.narrow(0, from, count);
        Tensor square = squares.narrow(0, 0, count);
        Ops.mul(square, piece, piece);
        square.add_(EPSILON);
        Ops.rowSum(rowSums.narrow(0, from, count), square);
        Ops.columnSum(part, square);
        columnSums.add_(part);
      }
    }
    ofRows.add_(rowSums, (1 - decay) / columns);
    ofColumns.add_(columnSums, (1 - decay) / rows);
    double mean = ofRows.view(1, -1).sum(1).item() / rows;
    matrix.mul_(rowSums.copy_(ofRows).mul_(1 / mean).rsqrt_());
    matrix.mul_(columnSums.copy_(ofColumns).rsqrt_());
  }

  @Override
  public Map<String, Tensor> state() {
    return Collections.unmodifiableMap(state);
  }

  @Override
  public boolean stateLiesAsParameters() {
    return false;
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
  public void close() {
    state.values().forEach(Tensor::close);
  }
}
