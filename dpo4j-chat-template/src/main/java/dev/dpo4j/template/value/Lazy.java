/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.util.Iterator;

/**
 * A Python generator or iterator: read once, no length, always true. {@code map}, {@code select}
 * and their kin give one, so {@code messages|select(...)} in a condition is true even when nothing
 * would come out, as in jinja2.
 *
 * @param items what is still to come
 * @param typeName the name Python gives the type
 */
public record Lazy(Iterator<Object> items, String typeName) {

  public static Lazy generator(Iterator<Object> items) {
    return new Lazy(items, "generator");
  }
}
