/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import org.jspecify.annotations.Nullable;

/** {@code joiner(", ")}: nothing at the first call, the separator at each later one. */
public final class Joiner implements PyObject {
  private final Object separator;
  private boolean used;

  public Joiner(CallArguments args) {
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
  public @Nullable Object attribute(Evaluation in, String name) {
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
  public String print(Evaluation in) {
    return "<jinja2.utils.Joiner object>";
  }
}
