/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn.shard;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Weights and gradients of which each process holds its part. A unit is put together from all parts
 * when it is needed; gradients are summed where they belong.
 *
 * <p>Norms and biases, which are few, are the last unit. Besides their parts each process has all
 * of them, with gradients of their own.
 *
 * <p>Source: "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", arXiv
 * 1910.02054, the stage that divides the parameters, too.
 */
public final class DividedStore implements AutoCloseable {
  private final ParameterStore layout;
  private final Division division;
  private final Collectives ranks;
  private final ParameterStore own;
  private final ParameterStore small;
  private final int smallUnit;

  /**
   * Keeps what this process owns of weights that every process has, and gives their memory back.
   *
   * @param cuts the units of the weight matrices; that of norms and biases is added
   */
  public DividedStore(ParameterStore all, List<Division.Cut> cuts, Collectives ranks) {
    this.layout = all;
    this.ranks = ranks;
    this.division = division(all, cuts, ranks.size());
    this.smallUnit = cuts.size();
    this.own = division.allocate(all, ranks.rank());
    this.small = undecayed(all);
    try (Scope scope = Scope.open()) {
      for (int unit = 0; unit < division.units(); unit++) {
        ownPart(unit).copy_(part(unit, all.values().narrow(0, from(unit), count(unit))));
      }
      small.values().copy_(all.values().narrow(0, all.decayedCount(), small.count()));
    }
    all.giveBack();
  }

  /** Who owns what where matrices are cut so, and norms and biases are a unit of their own. */
  public static Division division(ParameterStore all, List<Division.Cut> cuts, int processes) {
    List<Division.Cut> units = new ArrayList<>(cuts);
    units.add(new Division.Cut(all.count(), 1));
    return new Division(units, processes);
  }

  private static ParameterStore undecayed(ParameterStore all) {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    for (Parameter parameter : all.parameters()) {
      if (!parameter.decayed()) {
        layout.undecayed(parameter.name(), parameter.shape());
      }
    }
    return layout.allocate();
  }

  /** Names, shapes and places of all weights, which are not in memory. */
  public ParameterStore layout() {
    return layout;
  }

  /** Who owns what. */
  public Division division() {
    return division;
  }

  /** The processes that share the weights. */
  public Collectives ranks() {
    return ranks;
  }

  /** What this process owns, and the gradients of it. */
  public ParameterStore own() {
    return own;
  }

  /** All norms and biases, and the gradients of this process by them. */
  public ParameterStore small() {
    return small;
  }

  /** Where a unit begins in the flat array. */
  public long from(int unit) {
    return division.unit(unit).from();
  }

  /** Numbers of a unit. */
  public long count(int unit) {
    return division.unit(unit).to() - from(unit);
  }

  /** The first number of a unit that this process owns, counted from the unit's beginning. */
  public long ownFrom(int unit) {
    return division.unit(unit).slices().from(ranks.rank());
  }

  private Tensor part(int unit, Tensor whole) {
    return whole.narrow(0, ownFrom(unit), ownCount(unit));
  }

  /** How many numbers of a unit this process owns. */
  public long ownCount(int unit) {
    return division.unit(unit).slices().count(ranks.rank());
  }

  /** Where this process keeps what it owns of a unit. */
  public long ownBegin(int unit) {
    return division.unit(unit).begins()[ranks.rank()];
  }

  private Tensor ownPart(int unit) {
    return own.values().narrow(0, ownBegin(unit), ownCount(unit));
  }

  /**
   * Begins to put a unit together; all processes do so at the same place.
   *
   * @param whole receives it, flat
   */
  public Collectives.Pending beginGather(int unit, Tensor whole) {
    try (Scope scope = Scope.open()) {
      part(unit, whole).copy_(ownPart(unit));
    }
    return ranks.beginAllGather(whole, division.unit(unit).slices());
  }

  /**
   * Sums a unit's gradient over all processes and adds it to what this process owns.
   *
   * @param gradient of this process, flat; it is not the same afterwards
   */
  public void addSum(int unit, Tensor gradient) {
    ranks.reduceScatterSum(gradient, division.unit(unit).slices());
    try (Scope scope = Scope.open()) {
      own.gradients().add(ownBegin(unit), part(unit, gradient));
    }
  }

  /**
   * Sums the gradients of norms and biases, which all processes have kept for themselves so far.
   */
  public void addSmall() {
    addSum(smallUnit, small.grads());
    small.gradients().zero();
  }

  /** Gives all processes the norms and biases that their owners have changed. */
  public void spreadSmall() {
    beginGather(smallUnit, small.values()).await();
  }

  /** Brings norms and biases up to date after their parts were replaced from outside. */
  public void putSmall() {
    try (Scope scope = Scope.open()) {
      ownPart(smallUnit).copy_(part(smallUnit, small.values()));
    }
  }

  /** Puts all weights together in every process. */
  public void unite() {
    layout.takeBack();
    try (Scope scope = Scope.open()) {
      for (int unit = 0; unit < division.units(); unit++) {
        beginGather(unit, layout.values().narrow(0, from(unit), count(unit))).await();
      }
    }
  }

  @Override
  public void close() {
    own.close();
    small.close();
  }
}
