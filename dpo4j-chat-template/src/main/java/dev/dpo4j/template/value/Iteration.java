/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.Budget;
import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walking over values, and their lengths. */
public final class Iteration {
  private Iteration() {}

  public static boolean isIterable(Object value) {
    return Text.is(value)
        || value instanceof Lazy
        || value instanceof Undefined
        || sized(value) != null;
  }

  /** The items of a value that is a list underneath, else null. */
  private static @Nullable List<Object> sized(Object value) {
    if (value instanceof PyList list) {
      return list.items();
    } else if (value instanceof PyTuple tuple) {
      return tuple.items();
    } else if (value instanceof PyDict dict) {
      return dict.keys();
    } else if (value instanceof DictView view) {
      return view.list();
    } else if (value instanceof PyRange range) {
      return range.list();
    }
    return null;
  }

  /** Walks over the value; each item counts as a step. */
  public static Iterator<Object> iterate(Evaluation in, Object value) {
    Integer length = value instanceof Lazy ? null : length(value);
    in.budget().scan(length == null ? 1 : length);
    Iterator<Object> items = plain(value);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Object next() {
        in.budget().step();
        return items.next();
      }
    };
  }

  private static Iterator<Object> plain(Object value) {
    if (value instanceof Lazy lazy) {
      return lazy.items();
    }
    String text = Text.of(value);
    if (text != null) {
      // Also for markup: its single characters are plain strings in Python.
      return text.codePoints().mapToObj(c -> (Object) Character.toString(c)).iterator();
    }
    List<Object> items = sized(value);
    if (items != null) {
      return items.iterator();
    }
    if (value instanceof Undefined) {
      return Collections.emptyIterator();
    }
    throw PyError.type("'" + Types.name(value) + "' object is not iterable");
  }

  /** All items, in a list of their own. */
  public static List<Object> list(Evaluation in, Object value) {
    List<Object> all = new ArrayList<>();
    Iterator<Object> items = iterate(in, value);
    while (items.hasNext()) {
      all.add(items.next());
      if (all.size() > Budget.MAX_ITEMS) {
        throw PyError.limit("a list would grow over " + Budget.MAX_ITEMS + " items");
      }
    }
    return all;
  }

  /** The items where Python's reversed() works: sequences, dicts and their views. */
  public static @Nullable List<Object> reversible(Evaluation in, Object value) {
    if (value instanceof Lazy) {
      return null;
    }
    return isIterable(value) ? list(in, value) : null;
  }

  /** len(value), or null where Python raises TypeError. */
  public static @Nullable Integer length(Object value) {
    String text = Text.of(value);
    if (text != null) {
      return Chars.length(text);
    }
    if (value instanceof PyDict dict) {
      return dict.size();
    }
    if (value instanceof DictView view) {
      return view.dict().size();
    }
    if (value instanceof Undefined) {
      return 0;
    }
    if (value instanceof Sized loop) {
      return loop.length();
    }
    List<Object> items = sized(value);
    return items == null ? null : items.size();
  }

  public static int requireLength(Object value) {
    Integer length = length(value);
    if (length == null) {
      throw PyError.type("object of type '" + Types.name(value) + "' has no len()");
    }
    return length;
  }

  /** Has a length and can be indexed: strings, lists, tuples, dicts, ranges, also undefined. */
  public static boolean isSequence(Object value) {
    return !(value instanceof DictView) && !(value instanceof Sized) && length(value) != null;
  }
}
