/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import org.jspecify.annotations.Nullable;

/**
 * jinja2's undefined value: prints as nothing, is false and empty, and every other use is an error
 * that says which name was missing.
 *
 * @param message what the error says
 * @param unsafe true where the sandbox hid an attribute that exists
 */
public record Undefined(String message, boolean unsafe) {

  public static Undefined name(String name) {
    return new Undefined("'" + name + "' is undefined", false);
  }

  public static Undefined hint(String hint) {
    return new Undefined(hint, false);
  }

  public static Undefined of(Object owner, Object key) {
    String type = Types.ownerName(owner);
    String text = Text.of(key);
    if (text != null) {
      return new Undefined("'" + type + "' has no attribute " + Repr.quote(text), false);
    }
    return new Undefined(type + " has no element " + Repr.brief(key), false);
  }

  public static Undefined unsafe(Object owner, String attribute) {
    return new Undefined(
        "access to attribute '"
            + attribute
            + "' of '"
            + Types.name(owner)
            + "' object is unsafe: a template may not change or look into the values it is given",
        true);
  }

  PyError error() {
    return unsafe ? PyError.security(message) : PyError.undefined(message);
  }

  /** Raises when the value is undefined. */
  public static void check(@Nullable Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
  }
}
