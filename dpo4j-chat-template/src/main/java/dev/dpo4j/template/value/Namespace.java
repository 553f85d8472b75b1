/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;

/**
 * {@code namespace(...)}: the one value a template may change, by {@code {% set ns.name = ... %}}.
 */
public final class Namespace implements PyObject {
  private final PyDict attributes = new PyDict();

  public PyDict attributes() {
    return attributes;
  }

  public void set(Object name, Object value) {
    String text = Text.of(name);
    if (text != null && text.startsWith("_")) {
      throw PyError.security(
          "Chat templates cannot store underscore-prefixed attributes on a namespace, but got '"
              + text
              + "'. Please rename the attribute.");
    }
    attributes.put(name, value);
  }

  @Override
  public String typeName() {
    return "Namespace";
  }

  @Override
  public String print(Evaluation in) {
    return Repr.repr(in, this);
  }
}
