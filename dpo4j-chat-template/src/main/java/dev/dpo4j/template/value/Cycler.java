/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code cycler(a, b)}: gives its values round and round. */
public final class Cycler implements PyObject {
  private final List<Object> items;
  private int position;

  public Cycler(CallArguments args) {
    if (args.positional().isEmpty()) {
      throw PyError.template("at least one item has to be provided");
    }
    if (!args.named().isEmpty()) {
      throw PyError.type("cycler() takes no keyword arguments");
    }
    this.items = args.positional();
  }

  @Override
  public @Nullable Object attribute(Evaluation in, String name) {
    return switch (name) {
      case "current" -> items.get(position);
      case "items" -> PyTuple.of(items);
      case "pos" -> (long) position;
      case "next" ->
          Builtin.method(
              name,
              (i, args) -> {
                Object current = items.get(position);
                position = (position + 1) % items.size();
                return current;
              });
      case "reset" ->
          Builtin.method(
              name,
              (i, args) -> {
                position = 0;
                return None.NONE;
              });
      default -> null;
    };
  }

  @Override
  public String typeName() {
    return "Cycler";
  }

  @Override
  public String print(Evaluation in) {
    return "<jinja2.utils.Cycler object>";
  }
}
