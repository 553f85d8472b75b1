/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Turns values into Java map keys that are equal exactly where Python's hash keys are. */
public final class Keys {
  private static final int MAX_PARTS = 1000;

  /** A tuple as a key, kept apart from every other list. */
  private record TupleKey(List<Object> parts) {}

  private Keys() {}

  public static Object of(Object value) {
    return of(value, new int[1]);
  }

  private static Object of(Object value, int[] seen) {
    if (++seen[0] > MAX_PARTS) {
      throw PyError.limit("a key has more than " + MAX_PARTS + " parts");
    }
    if (value instanceof Markup markup) {
      return markup.text();
    }
    if (value instanceof Boolean bool) {
      return bool ? 1L : 0L;
    }
    if (value instanceof Double number) {
      return ofDouble(number);
    }
    if (value instanceof Undefined) {
      return Undefined.class;
    }
    if (value instanceof PyTuple tuple) {
      List<Object> parts = new ArrayList<>(tuple.items().size());
      for (Object item : tuple.items()) {
        parts.add(of(item, seen));
      }
      return new TupleKey(parts);
    }
    boolean keysView = value instanceof DictView view && view.kind() != DictView.Kind.VALUES;
    if (value instanceof PyList || value instanceof PyDict || keysView) {
      throw PyError.type("unhashable type: '" + Types.name(value) + "'");
    }
    return value;
  }

  private static Object ofDouble(double number) {
    if (number == Math.rint(number) && !Double.isInfinite(number)) {
      return Numbers.shrink(new BigDecimal(number).toBigInteger());
    }
    return number;
  }
}
