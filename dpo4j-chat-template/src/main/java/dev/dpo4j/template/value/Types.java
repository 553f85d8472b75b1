/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import java.math.BigInteger;

/** The names Python gives the types of values. */
public final class Types {
  private Types() {}

  public static String name(Object value) {
    if (value instanceof String) {
      return "str";
    } else if (value instanceof Long || value instanceof BigInteger) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof PyDict) {
      return "dict";
    } else if (value instanceof PyList) {
      return "list";
    } else if (value instanceof PyTuple) {
      return "tuple";
    } else if (value instanceof None) {
      return "NoneType";
    } else if (value instanceof Markup) {
      return "Markup";
    } else if (value instanceof Undefined) {
      return "Undefined";
    } else if (value instanceof PyRange) {
      return "range";
    } else if (value instanceof DictView view) {
      return view.kind().typeName;
    } else if (value instanceof Lazy lazy) {
      return lazy.typeName();
    } else if (value instanceof PyObject object) {
      return object.typeName();
    }
    throw new IllegalStateException("no template value: " + value.getClass());
  }

  /** How an error about a missing attribute names the owner: "dict object", "None". */
  static String ownerName(Object value) {
    return value == None.NONE ? "None" : name(value) + " object";
  }
}
