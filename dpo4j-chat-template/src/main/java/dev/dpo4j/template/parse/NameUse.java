/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which of a few names a part of the template reads before it sets them. */
final class NameUse {
  private final @Nullable NameUse outer;
  private final Map<String, Boolean> readFirst = new HashMap<>();

  NameUse(@Nullable NameUse outer) {
    this.outer = outer;
  }

  @Nullable NameUse outer() {
    return outer;
  }

  void read(String name) {
    for (NameUse use = this; use != null; use = use.outer) {
      use.readFirst.putIfAbsent(name, true);
    }
  }

  void write(String name) {
    for (NameUse use = this; use != null; use = use.outer) {
      use.readFirst.putIfAbsent(name, false);
    }
  }

  boolean reads(String name) {
    return readFirst.getOrDefault(name, false);
  }
}
