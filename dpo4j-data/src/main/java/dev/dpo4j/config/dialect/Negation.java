/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.dialect;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Scalar;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads {@code no_key}, which means the key with the opposite value. */
public final class Negation {
  private Negation() {}

  /** Returns the opposite of true or false; null where the value is neither. */
  public static @Nullable Value of(Value value) {
    if (!(value instanceof Scalar scalar)
        || scalar.kind() == Kind.NUMBER
        || scalar.kind() == Kind.NULL) {
      return null;
    }
    return switch (scalar.text().toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on" -> new Scalar("false", Kind.BOOLEAN);
      case "false", "no", "off" -> new Scalar("true", Kind.BOOLEAN);
      default -> null;
    };
  }
}
