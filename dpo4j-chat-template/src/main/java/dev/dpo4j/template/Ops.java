/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import java.util.Iterator;
import java.util.List;

/** Truth, equality, order and containment as Python defines them. */
final class Ops {
  private static final int MAX_DEPTH = 500;

  private Ops() {}

  static boolean truth(Object value) {
    if (value instanceof Boolean bool) {
      return bool;
    } else if (value instanceof String text) {
      return !text.isEmpty();
    } else if (value instanceof None || value instanceof Undefined) {
      return false;
    } else if (value instanceof Long number) {
      return number != 0;
    } else if (value instanceof Double number) {
      return number != 0;
    } else if (value instanceof PyList list) {
      return !list.items().isEmpty();
    } else if (value instanceof PyDict dict) {
      return dict.size() > 0;
    } else if (value instanceof Markup markup) {
      return !markup.text().isEmpty();
    } else if (value instanceof PyTuple tuple) {
      return !tuple.items().isEmpty();
    } else if (value instanceof PyRange range) {
      return range.size() > 0;
    } else if (value instanceof DictView view) {
      return view.dict().size() > 0;
    } else if (value instanceof LoopContext loop) {
      return loop.length() > 0;
    }
    return true;
  }

  static boolean equal(Object left, Object right) {
    return equal(left, right, 0);
  }

  private static boolean equal(Object left, Object right, int depth) {
    if (depth > MAX_DEPTH) {
      throw PyError.limit("maximum recursion depth exceeded in comparison");
    }
    String text = Text.of(left);
    if (text != null) {
      return text.equals(Text.of(right));
    }
    if (Numbers.is(left)) {
      return Numbers.is(right)
          && !Numbers.isNan(left)
          && !Numbers.isNan(right)
          && Numbers.compare(left, right) == 0;
    }
    if (left instanceof PyList a) {
      return right instanceof PyList b && equalItems(a.items(), b.items(), depth);
    }
    if (left instanceof PyTuple a) {
      return right instanceof PyTuple b && equalItems(a.items(), b.items(), depth);
    }
    if (left instanceof PyRange a) {
      return right instanceof PyRange b && equalItems(a.list(), b.list(), depth);
    }
    if (left instanceof PyDict a) {
      return right instanceof PyDict b && equalDicts(a, b, depth);
    }
    if (left instanceof DictView a && right instanceof DictView b) {
      return equalViews(a, b, depth);
    }
    return left == right || (left instanceof Undefined && right instanceof Undefined);
  }

  private static boolean equalItems(List<Object> left, List<Object> right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (left.get(i) != right.get(i) && !equal(left.get(i), right.get(i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalDicts(PyDict left, PyDict right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (PyDict.Entry entry : left.entries()) {
      Object other = right.get(entry.key());
      if (other == null || (other != entry.value() && !equal(entry.value(), other, depth + 1))) {
        return false;
      }
    }
    return true;
  }

  /** Keys and items compare as sets; values never do. */
  private static boolean equalViews(DictView left, DictView right, int depth) {
    if (left.kind() == DictView.Kind.VALUES || right.kind() == DictView.Kind.VALUES) {
      return false;
    }
    List<Object> all = left.list();
    List<Object> others = right.list();
    if (all.size() != others.size()) {
      return false;
    }
    for (Object item : all) {
      if (others.stream().noneMatch(other -> equal(item, other, depth + 1))) {
        return false;
      }
    }
    return true;
  }

  /** Python's {@code left < right}; the operator is only named in the error. */
  static boolean less(Object left, Object right, String operator) {
    return compare(left, right, operator, 0) < 0;
  }

  /** Evaluates one of the four order operators. */
  static boolean ordered(String operator, Object left, Object right) {
    if (Numbers.isNan(left) || Numbers.isNan(right)) {
      if (Numbers.is(left) && Numbers.is(right)) {
        return false;
      }
    }
    int order = compare(left, right, operator, 0);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalStateException("operator " + operator);
    };
  }

  private static int compare(Object left, Object right, String operator, int depth) {
    if (depth > MAX_DEPTH) {
      throw PyError.limit("maximum recursion depth exceeded in comparison");
    }
    if (Numbers.is(left) && Numbers.is(right)) {
      return Numbers.compare(left, right);
    }
    String a = Text.of(left);
    String b = Text.of(right);
    if (a != null && b != null) {
      return Chars.compare(a, b);
    }
    if (left instanceof PyList x && right instanceof PyList y) {
      return compareItems(x.items(), y.items(), operator, depth);
    }
    if (left instanceof PyTuple x && right instanceof PyTuple y) {
      return compareItems(x.items(), y.items(), operator, depth);
    }
    Undefined.check(left);
    Undefined.check(right);
    throw PyError.type(
        "'"
            + operator
            + "' not supported between instances of '"
            + Types.name(left)
            + "' and '"
            + Types.name(right)
            + "'");
  }

  private static int compareItems(
      List<Object> left, List<Object> right, String operator, int depth) {
    int common = Math.min(left.size(), right.size());
    for (int i = 0; i < common; i++) {
      if (!equal(left.get(i), right.get(i), depth + 1)) {
        return compare(left.get(i), right.get(i), operator, depth + 1);
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  /** Python's {@code item in container}. */
  static boolean contains(Interpreter in, Object container, Object item) {
    String text = Text.of(container);
    if (text != null) {
      String part = Text.of(item);
      if (part == null) {
        throw PyError.type(
            "'in <string>' requires string as left operand, not " + Types.name(item));
      }
      return text.contains(part);
    }
    if (container instanceof PyDict dict) {
      return dict.contains(item);
    }
    if (container instanceof DictView view && view.kind() == DictView.Kind.KEYS) {
      return view.dict().contains(item);
    }
    if (container instanceof Undefined) {
      return false;
    }
    if (!Iteration.isIterable(container)) {
      throw PyError.type("argument of type '" + Types.name(container) + "' is not iterable");
    }
    Iterator<Object> items = Iteration.iterate(in, container);
    while (items.hasNext()) {
      Object candidate = items.next();
      if (candidate == item || equal(candidate, item)) {
        return true;
      }
    }
    return false;
  }

  /** Python's {@code is}: constants are the same object, other values only when they are one. */
  static boolean same(Object left, Object right) {
    if (left instanceof Undefined && right instanceof Undefined) {
      return left == right;
    }
    boolean scalar = left instanceof String || left instanceof Long || left instanceof Boolean;
    return left == right || (scalar && left.equals(right));
  }
}
