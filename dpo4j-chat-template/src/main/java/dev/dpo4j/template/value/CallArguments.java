/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.PyError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one call.
 *
 * @param positional in order
 * @param named by keyword, in order
 */
public record CallArguments(List<Object> positional, Map<String, Object> named) {
  public static final CallArguments NONE = new CallArguments(List.of(), Map.of());

  static CallArguments of(Object... positional) {
    return new CallArguments(List.of(positional), Map.of());
  }

  /** Arguments put onto a function's parameters. */
  public static final class Bound {
    private final String function;
    private final List<String> names;
    private final @Nullable Object[] values;

    private Bound(String function, List<String> names) {
      this.function = function;
      this.names = names;
      this.values = new @Nullable Object[names.size()];
    }

    public boolean has(int index) {
      return values[index] != null;
    }

    public Object get(int index) {
      Object value = values[index];
      if (value == null) {
        throw PyError.type(
            function
                + "() missing required argument '"
                + names.get(index)
                + "' (pos "
                + (index + 1)
                + ")");
      }
      return value;
    }

    public Object or(int index, Object otherwise) {
      Object value = values[index];
      return value == null ? otherwise : value;
    }

    /** A whole number that fits into Java's int after clipping, as slice bounds and counts do. */
    public int intOr(int index, int otherwise) {
      return has(index) ? Numbers.clippedInt(get(index)) : otherwise;
    }

    public boolean flag(int index, boolean otherwise) {
      return has(index) ? PyLogic.truth(get(index)) : otherwise;
    }
  }

  /** Puts the arguments onto parameters; the first {@code required} must be given. */
  public Bound bind(String function, int required, String... parameters) {
    Bound bound = new Bound(function, List.of(parameters));
    if (positional.size() > parameters.length) {
      throw PyError.type(
          function
              + "() takes at most "
              + parameters.length
              + " arguments ("
              + positional.size()
              + " given)");
    }
    for (int i = 0; i < positional.size(); i++) {
      bound.values[i] = positional.get(i);
    }
    for (Map.Entry<String, Object> entry : named.entrySet()) {
      int index = bound.names.indexOf(entry.getKey());
      if (index < 0) {
        throw PyError.type(
            function + "() got an unexpected keyword argument '" + entry.getKey() + "'");
      }
      if (bound.values[index] != null) {
        throw PyError.type(
            function + "() got multiple values for argument '" + entry.getKey() + "'");
      }
      bound.values[index] = entry.getValue();
    }
    for (int i = 0; i < required; i++) {
      bound.get(i);
    }
    return bound;
  }

  /** The same for a function that knows no keywords. */
  public Bound positionalOnly(String function, int required, String... parameters) {
    if (!named.isEmpty()) {
      throw PyError.type(function + "() takes no keyword arguments");
    }
    return bind(function, required, parameters);
  }

  /** The arguments behind the first ones. */
  public CallArguments after(int count) {
    int from = Math.min(count, positional.size());
    return new CallArguments(positional.subList(from, positional.size()), named);
  }

  public CallArguments withNamed(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(named);
    more.put(name, value);
    return new CallArguments(positional, more);
  }

  public CallArguments prepend(Object first) {
    List<Object> more = new ArrayList<>(positional.size() + 1);
    more.add(first);
    more.addAll(positional);
    return new CallArguments(more, named);
  }
}
