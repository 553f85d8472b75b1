/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import org.jspecify.annotations.Nullable;

/** {@code joiner(", ")}: nothing at the first call, the separator at each later one. */
final class Joiner implements PyObject {
  private final Object separator;
  private boolean used;

  Joiner(CallArguments args) {
    this.separator = args.bind("joiner", 0, "sep").or(0, ", ");
  }

  @Override
  public PyCallable callable() {
    return (in, args) -> {
      Object result = used ? separator : "";
      used = true;
      return result;
    };
  }

  @Override
  public @Nullable Object attribute(Interpreter in, String name) {
    return switch (name) {
      case "sep" -> separator;
      case "used" -> used;
      default -> null;
    };
  }

  @Override
  public String typeName() {
    return "Joiner";
  }

  @Override
  public String print(Interpreter in) {
    return "<jinja2.utils.Joiner object>";
  }
}
