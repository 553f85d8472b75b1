/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Change;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds what a configuration says differently from its defaults. */
public final class ConfigChanges {
  private ConfigChanges() {}

  /** Returns the keys of a configuration that differ from their defaults, in its order. */
  public static Map<String, Change> of(RunConfig config) {
    return config instanceof Record values ? of(values) : Map.of();
  }

  private static <T extends Record> Map<String, Change> of(T values) {
    @SuppressWarnings("unchecked") // A record is of its own class.
    Binder<T> binder = Binder.of((Class<T>) values.getClass());
    return binder.changes(values, binder.bind(Set.of(), List.of()).value());
  }
}
