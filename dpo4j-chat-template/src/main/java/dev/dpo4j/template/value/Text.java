/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import org.jspecify.annotations.Nullable;

/** The two string types, plain and {@link Markup}, seen as one. */
public final class Text {
  private Text() {}

  /** The characters when the value is a string of either type, else null. */
  public static @Nullable String of(Object value) {
    if (value instanceof String text) {
      return text;
    }
    return value instanceof Markup markup ? markup.text() : null;
  }

  public static boolean is(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  /** The characters, or Python's complaint that {@code what} needs a string. */
  public static String require(Object value, String what) {
    String text = of(value);
    if (text == null) {
      Undefined.check(value);
      throw PyError.type(what + " must be str, not " + Types.name(value));
    }
    return text;
  }
}
