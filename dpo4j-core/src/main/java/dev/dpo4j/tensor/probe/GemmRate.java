/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** The rate of float32 matrix products on this machine, as a yardstick for training. */
public final class GemmRate {
  private static final int[][] SHAPES = {
    {512, 896, 4864}, {1024, 896, 4864}, {512, 576, 3072}, {1024, 1024, 1024}
  };

  private GemmRate() {}

  /**
   * The rate of the processor, as {@link #best}; empty where the process computes on a card, which
   * nobody measures.
   *
   * @param seconds how long to look, about
   */
  public static OptionalDouble ofProcessor(double seconds) {
    return Backends.onCard()
        ? OptionalDouble.empty()
        : OptionalDouble.of(best(Engine.ensureStarted(), seconds));
  }

  /**
   * The best rate found on any route, in operations per second; the route in use stays.
   *
   * @param seconds how long to look, about
   */
  public static double best(Engine engine, double seconds) {
    Engine.Route route = engine.route();
    String reason = engine.routeReason();
    double best = 0;
    for (Engine.Route tried : Engine.Route.values()) {
      engine.use(tried, "probing");
      for (int[] shape : SHAPES) {
        double share = seconds / SHAPES.length / Engine.Route.values().length;
        best = Math.max(best, rate(shape[0], shape[1], shape[2], share));
      }
    }
    engine.use(route, reason);
    return best;
  }

  private static double rate(int rows, int inner, int columns, double seconds) {
    try (Scope scope = Scope.open()) {
      List<Tensor> factors = new ArrayList<>();
      for (int[] shape : new int[][] {{rows, inner}, {inner, columns}}) {
        factors.add(Tensor.zeros(DType.FLOAT32, shape[0], shape[1]).add_(0.5));
      }
      Tensor product = Tensor.zeros(DType.FLOAT32, rows, columns);
      double best = 0;
      long end = System.nanoTime() + (long) (seconds * 1e9);
      do {
        long start = System.nanoTime();
        Ops.mm(product, factors.get(0), factors.get(1));
        best = Math.max(best, 2e9 * rows * inner * columns / (System.nanoTime() - start));
      } while (System.nanoTime() < end);
      return best;
    }
  }
}
