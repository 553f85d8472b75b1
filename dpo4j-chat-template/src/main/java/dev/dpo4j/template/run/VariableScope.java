/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One frame of names: the whole template, a loop body, a macro, a block. An assignment stays in its
 * frame; a lookup goes outwards.
 */
final class VariableScope {
  /** A name that has no value yet: hides outer names, reads as undefined. */
  static final Object MISSING = new Object();

  private final @Nullable VariableScope outer;
  private final Map<String, Object> names = new HashMap<>();

  VariableScope(@Nullable VariableScope outer, Frame frame) {
    this.outer = outer;
    frame.unset().forEach(name -> names.put(name, MISSING));
  }

  void set(String name, Object value) {
    names.put(name, value);
  }

  @Nullable Object find(String name) {
    for (VariableScope scope = this; scope != null; scope = scope.outer) {
      Object value = scope.names.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  /** The outermost frame: the template's own. */
  VariableScope root() {
    VariableScope scope = this;
    while (scope.outer != null) {
      scope = scope.outer;
    }
    return scope;
  }
}
