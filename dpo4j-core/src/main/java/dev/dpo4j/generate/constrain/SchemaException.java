/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

/** A JSON schema that answers cannot be held to, with the place in it. */
public final class SchemaException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  SchemaException(String place, String message) {
    super("the JSON schema, at " + (place.isEmpty() ? "its root" : place) + ": " + message);
  }
}
