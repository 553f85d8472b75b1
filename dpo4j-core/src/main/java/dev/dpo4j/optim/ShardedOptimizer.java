/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.dist.Stretches;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * An optimizer that is divided among the processes of a run: each keeps the state of the stretch of
 * the weights that it owns, updates this stretch, and gets the others' updates from them.
 *
 * <p>Source: "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", arXiv
 * 1910.02054, the stage that divides the state of the optimizer.
 */
public final class ShardedOptimizer implements Optimizer {
  private final ParameterStore all;
  private final ParameterStore own;
  private final Stretches slices;
  private final Collectives ranks;
  private final Optimizer optimizer;

  private ShardedOptimizer(
      ParameterStore all,
      ParameterStore own,
      Stretches slices,
      Collectives ranks,
      Optimizer optimizer) {
    this.all = all;
    this.own = own;
    this.slices = slices;
    this.ranks = ranks;
    this.optimizer = optimizer;
  }

  /**
   * Makes the optimizer of this process.
   *
   * @param whole whether the rule looks at whole parameters, so that none may be divided
   */
  public static ShardedOptimizer create(
      OptimizerFactory factory,
      boolean whole,
      ParameterStore trained,
      ParameterRates rates,
      Collectives ranks) {
    Stretches slices = slices(trained, ranks.size(), whole);
    long from = slices.from(ranks.rank());
    ParameterStore own = trained.part(from, slices.to(ranks.rank()));
    Optimizer optimizer = factory.create(own, rates.from(from));
    return new ShardedOptimizer(trained, own, slices, ranks, optimizer);
  }

  /**
   * Who owns what.
   *
   * @param whole whether no parameter may be divided
   */
  public static Stretches slices(ParameterStore trained, int processes, boolean whole) {
    if (whole) {
      LongStream ends =
          trained.parameters().stream()
              .mapToLong((Parameter parameter) -> parameter.offset() + parameter.count());
      return Stretches.at(LongStream.concat(LongStream.of(0), ends).toArray(), processes);
    }
    // Narrow running means share a scale in each block.
    return Stretches.even(trained.count(), processes, Moment.BLOCK);
  }

  /** Who owns which stretch of the weights. */
  public Stretches slices() {
    return slices;
  }

  /** The processes that share the state. */
  public Collectives ranks() {
    return ranks;
  }

  @Override
  public ParameterStore parameters() {
    return all;
  }

  /** The state of the stretch that this process owns. */
  @Override
  public Map<String, Tensor> state() {
    return optimizer.state();
  }

  @Override
  public boolean stateLiesAsParameters() {
    return optimizer.stateLiesAsParameters();
  }

  @Override
  public void resume(long stepsTaken) {
    optimizer.resume(stepsTaken);
  }

  @Override
  public long steps() {
    return optimizer.steps();
  }

  @Override
  public String identity() {
    return optimizer.identity();
  }

  @Override
  public void sumGradients(Collectives several) {
    all.gradients().flat().stream()
        .filter(flat -> flat.count() > 0)
        .forEach(flat -> several.reduceScatterSum(flat, slices));
  }

  /** The norm over all processes, each of which has the sums of the stretch that it owns. */
  @Override
  public double gradNorm() {
    double norm = optimizer.gradNorm();
    return Math.sqrt(ranks.allReduceSum(new double[] {norm * norm})[0]);
  }

  @Override
  public void clip(double norm, double maximum) {
    optimizer.clip(norm, maximum);
  }

  @Override
  public void step(double learningRate) {
    optimizer.step(learningRate);
    all.gradients().zero();
    ranks.allGather(all.values(), slices);
  }

  @Override
  public void close() {
    optimizer.close();
    own.close();
  }
}
