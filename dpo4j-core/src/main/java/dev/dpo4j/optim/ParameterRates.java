/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** What the learning rate is multiplied by, parameter by parameter; 1 unless said otherwise. */
public final class ParameterRates {
  /** The same rate for all. */
  public static final ParameterRates SAME = new ParameterRates(new TreeMap<>(Map.of(0L, 1.0)));

  /** The factor from an offset on, up to the next one. */
  private final NavigableMap<Long, Double> factors;

  private ParameterRates(NavigableMap<Long, Double> factors) {
    this.factors = factors;
  }

  /** Asks for the factor of every parameter; neighbours with the same one are one stretch. */
  public static ParameterRates of(ParameterStore store, ToDoubleFunction<Parameter> factorOf) {
    NavigableMap<Long, Double> factors = new TreeMap<>();
    double before = Double.NaN;
    for (Parameter parameter : store.parameters()) {
      double factor = factorOf.applyAsDouble(parameter);
      if (factor != before) {
        factors.put(parameter.offset(), factor);
      }
      before = factor;
    }
    return new ParameterRates(factors);
  }

  /** The same rates for a stretch of the weights that begins at an offset. */
  ParameterRates from(long offset) {
    NavigableMap<Long, Double> shifted = new TreeMap<>(Map.of(0L, at(offset)));
    factors.tailMap(offset, false).forEach((at, factor) -> shifted.put(at - offset, factor));
    return new ParameterRates(shifted);
  }

  /** The factor of the weight at an offset of the flat storage. */
  double at(long offset) {
    Map.Entry<Long, Double> stretch = factors.floorEntry(offset);
    return stretch == null ? 1 : stretch.getValue();
  }

  /** Where the stretch of an offset ends; {@link Long#MAX_VALUE} for the last one. */
  long end(long offset) {
    Long next = factors.higherKey(offset);
    return next == null ? Long.MAX_VALUE : next;
  }
}
