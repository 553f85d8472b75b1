/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.dist.Stretches;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.shard.DividedStore;
import dev.dpo4j.nn.shard.Division;
import dev.dpo4j.tensor.Tensor;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * An optimizer that is divided among the processes of a run: each keeps the state of the stretch of
 * the weights that it owns, updates this stretch, and gets the others' updates from them.
 *
 * <p>Source: "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", arXiv
 * 1910.02054, the stage that divides the state of the optimizer.
 */
public final class ShardedOptimizer implements Optimizer {
  private final ParameterStore all;
  private final Collectives ranks;
  private final Sharing sharing;
  private final Optimizer optimizer;

  private ShardedOptimizer(
      ParameterStore all, Collectives ranks, Sharing sharing, Optimizer optimizer) {
    this.all = all;
    this.ranks = ranks;
    this.sharing = sharing;
    this.optimizer = optimizer;
  }

  /** How gradients come to the owner of their weights, and new weights to the others. */
  private interface Sharing extends AutoCloseable {
    void sumGradients();

    void spread();

    @Override
    default void close() {}
  }

  /** Every process has all weights and gradients. */
  private record OfStretches(
      ParameterStore all, ParameterStore own, Stretches slices, Collectives ranks)
      implements Sharing {
    @Override
    public void sumGradients() {
      all.gradients().flat().stream()
          .filter(flat -> flat.count() > 0)
          .forEach(flat -> ranks.reduceScatterSum(flat, slices));
    }

    @Override
    public void spread() {
      all.gradients().zero();
      ranks.allGather(all.values(), slices);
    }

    @Override
    public void close() {
      own.close();
    }
  }

  /** Weights and gradients are divided themselves: what is left are norms and biases. */
  private record OfUnits(DividedStore weights, Collectives ranks) implements Sharing {
    @Override
    public void sumGradients() {
      // Nobody adds to the sums while another still computes.
      ranks.barrier();
      weights.addSmall();
    }

    @Override
    public void spread() {
      weights.spreadSmall();
    }
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
    return new ShardedOptimizer(
        trained, ranks, new OfStretches(trained, own, slices, ranks), optimizer);
  }

  /** Makes the optimizer of this process over its part of divided weights. */
  public static ShardedOptimizer create(
      OptimizerFactory factory, DividedStore weights, Collectives ranks) {
    return new ShardedOptimizer(
        weights.layout(),
        ranks,
        new OfUnits(weights, ranks),
        factory.create(weights.own(), ParameterRates.SAME));
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

  /** Who owns which weights, where these are divided themselves; null where a stretch is owned. */
  public @Nullable Division division() {
    return sharing instanceof OfUnits units ? units.weights().division() : null;
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
    sharing.sumGradients();
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
    sharing.spread();
  }

  @Override
  public void close() {
    optimizer.close();
    sharing.close();
  }
}
