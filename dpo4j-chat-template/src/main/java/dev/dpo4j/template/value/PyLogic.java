/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.Search;
import java.util.Iterator;
import java.util.List;

/** Truth, equality, order and containment as Python defines them. */
public final class PyLogic {
  private static final int MAX_DEPTH = 500;

  /** What comparing two values costs, in characters looked at. */
  private static final int COMPARISON = 16;

  private PyLogic() {}

  public static boolean truth(Object value) {
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
    } else if (value instanceof Sized loop) {
      return loop.length() > 0;
    }
    return true;
  }

  public static boolean equal(Evaluation in, Object left, Object right) {
    return equal(in, left, right, 0);
  }

  private static boolean equal(Evaluation in, Object left, Object right, int depth) {
    in.budget().scan(COMPARISON);
    if (depth > MAX_DEPTH) {
      throw PyError.limit("maximum recursion depth exceeded in comparison");
    }
    String text = Text.of(left);
    if (text != null) {
      String other = Text.of(right);
      if (other == null || other.length() != text.length()) {
        return false;
      }
      in.budget().scan(text.length());
      return text.equals(other);
    }
    if (Numbers.is(left)) {
      return Numbers.is(right)
          && !Numbers.isNan(left)
          && !Numbers.isNan(right)
          && Numbers.compare(left, right) == 0;
    }
    if (left instanceof PyList a) {
      return right instanceof PyList b && equalItems(in, a.items(), b.items(), depth);
    }
    if (left instanceof PyTuple a) {
      return right instanceof PyTuple b && equalItems(in, a.items(), b.items(), depth);
    }
    if (left instanceof PyRange a) {
      return right instanceof PyRange b && equalItems(in, a.list(), b.list(), depth);
    }
    if (left instanceof PyDict a) {
      return right instanceof PyDict b && equalDicts(in, a, b, depth);
    }
    if (left instanceof DictView a && right instanceof DictView b) {
      return equalViews(in, a, b, depth);
    }
    return left == right || (left instanceof Undefined && right instanceof Undefined);
  }

  private static boolean equalItems(
      Evaluation in, List<Object> left, List<Object> right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (left.get(i) != right.get(i) && !equal(in, left.get(i), right.get(i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalDicts(Evaluation in, PyDict left, PyDict right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (PyDict.Entry entry : left.entries()) {
      Object other = right.get(entry.key());
      if (other == null
          || (other != entry.value() && !equal(in, entry.value(), other, depth + 1))) {
        return false;
      }
    }
    return true;
  }

  /** Keys and items compare as sets; values never do. */
  private static boolean equalViews(Evaluation in, DictView left, DictView right, int depth) {
    if (left.kind() == DictView.Kind.VALUES || right.kind() == DictView.Kind.VALUES) {
      return false;
    }
    List<Object> all = left.list();
    List<Object> others = right.list();
    if (all.size() != others.size()) {
      return false;
    }
    for (Object item : all) {
      if (others.stream().noneMatch(other -> equal(in, item, other, depth + 1))) {
        return false;
      }
    }
    return true;
  }

  /** Evaluates one of the four order operators. */
  public static boolean ordered(Evaluation in, String operator, Object left, Object right) {
    if (Numbers.isNan(left) || Numbers.isNan(right)) {
      if (Numbers.is(left) && Numbers.is(right)) {
        return false;
      }
    }
    int order = compare(in, left, right, operator, 0);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalStateException("operator " + operator);
    };
  }

  private static int compare(Evaluation in, Object left, Object right, String operator, int depth) {
    in.budget().scan(COMPARISON);
    if (depth > MAX_DEPTH) {
      throw PyError.limit("maximum recursion depth exceeded in comparison");
    }
    if (Numbers.is(left) && Numbers.is(right)) {
      return Numbers.compare(left, right);
    }
    String a = Text.of(left);
    String b = Text.of(right);
    if (a != null && b != null) {
      in.budget().scan(Math.min(a.length(), b.length()));
      return Chars.compare(a, b);
    }
    if (left instanceof PyList x && right instanceof PyList y) {
      return compareItems(in, x.items(), y.items(), operator, depth);
    }
    if (left instanceof PyTuple x && right instanceof PyTuple y) {
      return compareItems(in, x.items(), y.items(), operator, depth);
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
      Evaluation in, List<Object> left, List<Object> right, String operator, int depth) {
    int common = Math.min(left.size(), right.size());
    for (int i = 0; i < common; i++) {
      if (left.get(i) != right.get(i) && !equal(in, left.get(i), right.get(i), depth + 1)) {
        return compare(in, left.get(i), right.get(i), operator, depth + 1);
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  /** Python's {@code item in container}. */
  public static boolean contains(Evaluation in, Object container, Object item) {
    String text = Text.of(container);
    if (text != null) {
      String part = Text.of(item);
      if (part == null) {
        throw PyError.type(
            "'in <string>' requires string as left operand, not " + Types.name(item));
      }
      in.budget().scan(text.length());
      return Search.contains(text, part);
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
      if (candidate == item || equal(in, candidate, item)) {
        return true;
      }
    }
    return false;
  }

  /** Python's {@code is}: constants are the same object, other values only when they are one. */
  public static boolean same(Object left, Object right) {
    if (left instanceof Undefined && right instanceof Undefined) {
      return left == right;
    }
    boolean scalar = left instanceof String || left instanceof Long || left instanceof Boolean;
    return left == right || (scalar && left.equals(right));
  }
}
