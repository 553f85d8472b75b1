/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import org.jspecify.annotations.Nullable;

/** A value of the engine's own: functions, methods, macros, loops, namespaces. */
public interface PyObject {

  String typeName();

  /** What {@code str} and {@code repr} print. */
  String print(Evaluation in);

  /** The attribute of that name, or null where there is none. */
  default @Nullable Object attribute(Evaluation in, String name) {
    return null;
  }

  /** The value as something to call, or null. */
  default @Nullable PyCallable callable() {
    return null;
  }
}
