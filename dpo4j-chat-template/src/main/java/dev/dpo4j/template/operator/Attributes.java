/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Builtin;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.DictView;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.Namespace;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyCallable;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyObject;
import dev.dpo4j.template.value.PyRange;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code value.name} and {@code value[key]} with jinja2's rules: the dot looks for an attribute of
 * the Python type first, so {@code schema.items} is the method even where a key "items" exists; the
 * bracket looks for the item first. What is found nowhere is undefined.
 */
public final class Attributes {
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  /** Attributes that every Python object has; the sandbox hides all of them. */
  private static final Set<String> HIDDEN =
      Set.of(
          "__class__",
          "__doc__",
          "__init__",
          "__new__",
          "__repr__",
          "__str__",
          "__hash__",
          "__eq__",
          "__ne__",
          "__lt__",
          "__le__",
          "__gt__",
          "__ge__",
          "__getattribute__",
          "__setattr__",
          "__delattr__",
          "__dir__",
          "__sizeof__",
          "__format__",
          "__reduce__",
          "__reduce_ex__",
          "__subclasshook__",
          "__init_subclass__",
          "__getstate__");

  /** The same for everything with a length. */
  private static final Set<String> HIDDEN_OF_CONTAINERS =
      Set.of(
          "__len__",
          "__iter__",
          "__getitem__",
          "__contains__",
          "__reversed__",
          "__add__",
          "__mul__",
          "__rmul__",
          "__class_getitem__",
          "__getnewargs__");

  private Attributes() {}

  /** {@code value.name}. */
  public static Object attribute(Evaluation in, Object value, String name) {
    Undefined.check(value);
    Object found = own(in, value, name);
    if (found != null) {
      return found;
    }
    if (value instanceof PyDict dict) {
      Object item = dict.get(name);
      if (item != null) {
        return item;
      }
    }
    return Undefined.of(value, name);
  }

  /** {@code value[key]}. */
  public static Object item(Evaluation in, Object value, Object key) {
    Undefined.check(value);
    String indexed = Text.of(value);
    in.budget().scan(indexed == null ? 1 : indexed.length());
    Object found = subscript(value, key);
    if (found != null) {
      return found;
    }
    String name = Text.of(key);
    if (name != null) {
      found = own(in, value, name);
      if (found != null) {
        return found;
      }
    }
    return Undefined.of(value, key);
  }

  /** The attribute filter: never an item. */
  public static Object attributeOnly(Evaluation in, Object value, String name) {
    Undefined.check(value);
    Object found = own(in, value, name);
    return found == null ? Undefined.of(value, name) : found;
  }

  /** Python's {@code value[key]}, or null where it raises TypeError or LookupError. */
  private static @Nullable Object subscript(Object value, Object key) {
    if (value instanceof PyDict dict) {
      boolean hashable = !(key instanceof PyList || key instanceof PyDict);
      return hashable ? dict.get(key) : null;
    }
    if (!Numbers.isInt(key)) {
      return null;
    }
    int index = Numbers.clippedInt(key);
    String text = Text.of(value);
    if (text != null) {
      return character(value, text, index);
    }
    if (value instanceof PyList list) {
      return element(list.items(), index);
    }
    if (value instanceof PyTuple tuple) {
      return element(tuple.items(), index);
    }
    return value instanceof PyRange range ? element(range.list(), index) : null;
  }

  private static @Nullable Object element(List<Object> items, int index) {
    int absolute = index < 0 ? index + items.size() : index;
    return absolute >= 0 && absolute < items.size() ? items.get(absolute) : null;
  }

  private static @Nullable Object character(Object value, String text, int index) {
    int length = Chars.length(text);
    int absolute = index < 0 ? index + length : index;
    if (absolute < 0 || absolute >= length) {
      return null;
    }
    int at = Chars.offset(text, absolute);
    String one = text.substring(at, text.offsetByCodePoints(at, 1));
    return value instanceof Markup ? new Markup(one) : one;
  }

  /** An attribute of the value's Python type; hidden ones come back as unsafe undefined. */
  private static @Nullable Object own(Evaluation in, Object value, String name) {
    if (value instanceof Namespace namespace) {
      Object found = namespace.attributes().get(name);
      return found != null && name.startsWith("_") ? Undefined.unsafe(value, name) : found;
    }
    if (HIDDEN.contains(name)) {
      return Undefined.unsafe(value, name);
    }
    if (value instanceof PyObject object) {
      return name.startsWith("_") ? null : object.attribute(in, name);
    }
    boolean container = Text.is(value) || Iteration.length(value) != null;
    if (container && HIDDEN_OF_CONTAINERS.contains(name)) {
      return Undefined.unsafe(value, name);
    }
    if (Text.is(value)) {
      return StringMethods.bound(value, name);
    }
    if (value instanceof PyDict dict) {
      return DICT_CHANGES.contains(name) ? Undefined.unsafe(value, name) : dictMethod(dict, name);
    }
    if (value instanceof PyList list) {
      return LIST_CHANGES.contains(name)
          ? Undefined.unsafe(value, name)
          : name.equals("copy")
              ? method(name, (i, args) -> list)
              : sequenceMethod(list.items(), name);
    }
    if (value instanceof PyTuple tuple) {
      int field = tuple.names().indexOf(name);
      return field >= 0 ? tuple.items().get(field) : sequenceMethod(tuple.items(), name);
    }
    if (value instanceof PyRange range) {
      return rangeAttribute(range, name);
    }
    return Numbers.is(value) ? numberAttribute(value, name) : null;
  }

  private static Builtin method(String name, PyCallable code) {
    return Builtin.method(name, code);
  }

  private static @Nullable Object dictMethod(PyDict dict, String name) {
    return switch (name) {
      case "get" ->
          method(
              name,
              (in, args) -> {
                CallArguments.Bound bound = args.positionalOnly("get", 1, "key", "default");
                Object found = dict.get(bound.get(0));
                return found == null ? bound.or(1, None.NONE) : found;
              });
      case "keys" -> method(name, (in, args) -> view(dict, DictView.Kind.KEYS, args));
      case "values" -> method(name, (in, args) -> view(dict, DictView.Kind.VALUES, args));
      case "items" -> method(name, (in, args) -> view(dict, DictView.Kind.ITEMS, args));
      case "copy" -> method(name, (in, args) -> dict);
      case "fromkeys" -> method(name, Attributes::fromKeys);
      default -> null;
    };
  }

  private static DictView view(PyDict dict, DictView.Kind kind, CallArguments args) {
    args.positionalOnly(kind.typeName, 0);
    return new DictView(dict, kind);
  }

  private static @Nullable Object sequenceMethod(List<Object> items, String name) {
    return switch (name) {
      case "index" ->
          method(
              name,
              (in, args) -> {
                CallArguments.Bound bound =
                    args.positionalOnly("index", 1, "value", "start", "stop");
                return (long) indexOf(in, items, bound);
              });
      case "count" ->
          method(
              name,
              (in, args) -> {
                Object wanted = args.positionalOnly("count", 1, "value").get(0);
                in.budget().scan(items.size());
                return items.stream().filter(item -> PyLogic.equal(in, item, wanted)).count();
              });
      default -> null;
    };
  }

  private static int indexOf(Evaluation in, List<Object> items, CallArguments.Bound bound) {
    int size = items.size();
    int start = bound.intOr(1, 0);
    int stop = bound.intOr(2, size);
    int from = start < 0 ? Math.max(0, start + size) : start;
    int to = Math.min(size, stop < 0 ? stop + size : stop);
    for (int i = from; i < to; i++) {
      if (PyLogic.equal(in, items.get(i), bound.get(0))) {
        return i;
      }
    }
    throw PyError.value(Repr.brief(bound.get(0)) + " is not in list");
  }

  private static @Nullable Object rangeAttribute(PyRange range, String name) {
    return switch (name) {
      case "start" -> range.start();
      case "stop" -> range.stop();
      case "step" -> range.step();
      default -> sequenceMethod(range.list(), name);
    };
  }

  private static @Nullable Object numberAttribute(Object value, String name) {
    boolean whole = Numbers.isInt(value);
    Map<String, Object> fixed =
        whole
            ? Map.of(
                "real",
                Arithmetic.plus(value),
                "imag",
                0L,
                "numerator",
                Arithmetic.plus(value),
                "denominator",
                1L)
            : Map.of("real", value, "imag", 0.0);
    Object found = fixed.get(name);
    if (found != null) {
      return found;
    }
    return switch (name) {
      case "conjugate" -> method(name, (in, args) -> Arithmetic.plus(value));
      case "bit_length" ->
          whole ? method(name, (in, args) -> (long) Numbers.big(value).abs().bitLength()) : null;
      case "bit_count" ->
          whole ? method(name, (in, args) -> (long) Numbers.big(value).abs().bitCount()) : null;
      case "is_integer" ->
          whole
              ? null
              : method(
                  name,
                  (in, args) -> {
                    double number = (Double) value;
                    return !Double.isInfinite(number) && number == Math.rint(number);
                  });
      default -> null;
    };
  }

  public static Object fromKeys(Evaluation in, CallArguments args) {
    CallArguments.Bound bound = args.positionalOnly("fromkeys", 1, "iterable", "value");
    PyDict dict = new PyDict();
    for (Object key : Iteration.list(in, bound.get(0))) {
      dict.put(key, bound.or(1, None.NONE));
    }
    return dict;
  }
}
