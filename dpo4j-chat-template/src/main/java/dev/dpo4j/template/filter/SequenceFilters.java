/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.operator.Arithmetic;
import dev.dpo4j.template.operator.Attributes;
import dev.dpo4j.template.operator.Slices;
import dev.dpo4j.template.operator.Sorting;
import dev.dpo4j.template.operator.StringMethods;
import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Keys;
import dev.dpo4j.template.value.Lazy;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Filters on lists, dicts and whatever else can be walked over. */
final class SequenceFilters {
  private SequenceFilters() {}

  static void addTo(Map<String, Filter> all) {
    all.put("length", (in, value, args) -> length(value, args));
    all.put("count", (in, value, args) -> length(value, args));
    all.put("list", (in, value, args) -> list(in, value, args));
    all.put("first", SequenceFilters::first);
    all.put("last", SequenceFilters::last);
    all.put("join", SequenceFilters::join);
    all.put("reverse", SequenceFilters::reverse);
    all.put("sort", SequenceFilters::sort);
    all.put("dictsort", SequenceFilters::dictSort);
    all.put("items", (in, value, args) -> items(value, args));
    all.put("unique", SequenceFilters::unique);
    all.put("min", (in, value, args) -> extreme(in, value, args, "min"));
    all.put("max", (in, value, args) -> extreme(in, value, args, "max"));
    all.put("sum", SequenceFilters::sum);
    all.put("groupby", SequenceFilters::groupBy);
    all.put("batch", SequenceFilters::batch);
    all.put("slice", SequenceFilters::slice);
  }

  private static Object length(Object value, CallArguments args) {
    args.bind("len", 0);
    return (long) Iteration.requireLength(value);
  }

  private static Object list(Evaluation in, Object value, CallArguments args) {
    args.bind("list", 0);
    return new PyList(Iteration.list(in, value));
  }

  private static Object first(Evaluation in, Object value, CallArguments args) {
    args.bind("first", 0);
    Iterator<Object> items = Iteration.iterate(in, value);
    return items.hasNext() ? items.next() : Undefined.hint("No first item, sequence was empty.");
  }

  private static Object last(Evaluation in, Object value, CallArguments args) {
    args.bind("last", 0);
    List<Object> items = Iteration.reversible(in, value);
    if (items == null) {
      throw PyError.type("'" + Types.name(value) + "' object is not reversible");
    }
    return items.isEmpty()
        ? Undefined.hint("No last item, sequence was empty.")
        : items.get(items.size() - 1);
  }

  private static Object join(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("join", 0, "d", "attribute");
    Function<Object, Object> key = attribute(in, bound.or(1, None.NONE), null);
    String separator = in.str(bound.or(0, ""));
    StringBuilder out = new StringBuilder();
    Iterator<Object> items = Iteration.iterate(in, value);
    boolean first = true;
    while (items.hasNext()) {
      out.append(first ? "" : separator).append(in.str(key.apply(items.next())));
      in.budget().checkLength(out.length());
      first = false;
    }
    return in.budget().charge(out);
  }

  private static Object reverse(Evaluation in, Object value, CallArguments args) {
    args.bind("reverse", 0);
    String text = Text.of(value);
    if (text != null) {
      Object reversed = Slices.slice(in, value, None.NONE, None.NONE, -1L);
      return reversed;
    }
    boolean lazy = Iteration.reversible(in, value) != null;
    if (!lazy && !Iteration.isIterable(value)) {
      throw PyError.template("argument must be iterable");
    }
    List<Object> items = Iteration.list(in, value);
    java.util.Collections.reverse(items);
    return lazy ? new Lazy(items.iterator(), "list_reverseiterator") : new PyList(items);
  }

  /**
   * A lookup by attribute path: "a.b", "0", 1, or None for the item itself.
   *
   * @param otherwise what stands for an undefined step, or null
   */
  static Function<Object, Object> attribute(
      Evaluation in, Object path, @Nullable Object otherwise) {
    List<Object> steps = new ArrayList<>();
    String text = Text.of(path);
    if (text != null) {
      for (String part : text.split("\\.", -1)) {
        boolean digits = !part.isEmpty() && part.codePoints().allMatch(Chars::isDigit);
        Object number = digits ? Numbers.parseInt(part, 10) : null;
        steps.add(number == null ? part : number);
      }
    } else if (path != None.NONE) {
      steps.add(path);
    }
    return item -> {
      Object value = item;
      for (Object step : steps) {
        value = Attributes.item(in, value, step);
        if (otherwise != null && value instanceof Undefined) {
          value = otherwise;
        }
      }
      return value;
    };
  }

  private static Object ignoreCase(Object value) {
    String text = Text.of(value);
    return text == null ? value : StringMethods.lower(text);
  }

  private static Function<Object, Object> key(
      Evaluation in, Object path, boolean caseSensitive, @Nullable Object otherwise) {
    Function<Object, Object> key = attribute(in, path, otherwise);
    return caseSensitive ? key : key.andThen(SequenceFilters::ignoreCase);
  }

  private static Object sort(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    boolean caseSensitive = bound.flag(1, false);
    Object path = bound.or(2, None.NONE);
    String text = Text.of(path);
    List<Function<Object, Object>> keys = new ArrayList<>();
    if (text == null) {
      keys.add(key(in, path, caseSensitive, null));
    } else {
      for (String part : text.split(",", -1)) {
        keys.add(key(in, part, caseSensitive, null));
      }
    }
    Function<Object, Object> all =
        item -> PyTuple.of(keys.stream().map(key -> key.apply(item)).toList());
    List<Object> items = Iteration.list(in, value);
    return new PyList(
        bound.intOr(0, 0) != 0
            ? Sorting.sortReversed(in, items, all)
            : Sorting.sort(in, items, all));
  }

  private static Object dictSort(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    String by = Text.of(bound.or(1, "key"));
    if (!"key".equals(by) && !"value".equals(by)) {
      throw PyError.template("You can only sort by either \"key\" or \"value\"");
    }
    Undefined.check(value);
    if (!(value instanceof PyDict dict)) {
      throw new PyError(
          PyError.Kind.ATTRIBUTE, "'" + Types.name(value) + "' object has no attribute 'items'");
    }
    boolean caseSensitive = bound.flag(0, false);
    int position = "key".equals(by) ? 0 : 1;
    Function<Object, Object> key =
        pair -> {
          Object part = ((PyTuple) pair).items().get(position);
          return caseSensitive ? part : ignoreCase(part);
        };
    return new PyList(
        bound.intOr(2, 0) != 0
            ? Sorting.sortReversed(in, dict.items(), key)
            : Sorting.sort(in, dict.items(), key));
  }

  private static Object items(Object value, CallArguments args) {
    args.bind("items", 0);
    if (value instanceof Undefined) {
      return Lazy.generator(java.util.Collections.emptyIterator());
    }
    if (!(value instanceof PyDict dict)) {
      throw PyError.type("Can only get item pairs from a mapping.");
    }
    return Lazy.generator(dict.items().iterator());
  }

  private static Object unique(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("unique", 0, "case_sensitive", "attribute");
    Function<Object, Object> key = key(in, bound.or(1, None.NONE), bound.flag(0, false), null);
    Iterator<Object> items = Iteration.iterate(in, value);
    Set<Object> seen = new HashSet<>();
    return Lazy.generator(
        new Lookahead(in) {
          @Override
          public @Nullable Object advance() {
            while (items.hasNext()) {
              Object item = items.next();
              if (seen.add(Keys.of(key.apply(item)))) {
                return item;
              }
            }
            return null;
          }
        });
  }

  private static Object extreme(Evaluation in, Object value, CallArguments args, String name) {
    CallArguments.Bound bound = args.bind(name, 0, "case_sensitive", "attribute");
    Function<Object, Object> key = key(in, bound.or(1, None.NONE), bound.flag(0, false), null);
    Iterator<Object> items = Iteration.iterate(in, value);
    if (!items.hasNext()) {
      return Undefined.hint("No aggregated item, sequence was empty.");
    }
    Object best = items.next();
    Object bestKey = key.apply(best);
    while (items.hasNext()) {
      Object item = items.next();
      Object itemKey = key.apply(item);
      if (PyLogic.ordered(in, name.equals("min") ? "<" : ">", itemKey, bestKey)) {
        best = item;
        bestKey = itemKey;
      }
    }
    return best;
  }

  private static Object sum(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("sum", 0, "attribute", "start");
    Function<Object, Object> key = attribute(in, bound.or(0, None.NONE), null);
    Object total = bound.or(1, 0L);
    if (Text.is(total)) {
      throw PyError.type("sum() can't sum strings [use ''.join(seq) instead]");
    }
    Iterator<Object> items = Iteration.iterate(in, value);
    while (items.hasNext()) {
      total = Arithmetic.add(in, total, key.apply(items.next()));
    }
    return total;
  }

  private static Object groupBy(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("groupby", 1, "attribute", "default", "case_sensitive");
    Object given = bound.or(1, None.NONE);
    Object otherwise = given == None.NONE ? null : given;
    boolean caseSensitive = bound.flag(2, false);
    Function<Object, Object> key = key(in, bound.get(0), caseSensitive, otherwise);
    Function<Object, Object> shown = attribute(in, bound.get(0), otherwise);
    List<Object> groups = new ArrayList<>();
    List<Object> group = new ArrayList<>();
    Object groupKey = None.NONE;
    for (Object item : Sorting.sort(in, Iteration.list(in, value), key)) {
      Object itemKey = key.apply(item);
      if (!group.isEmpty() && !PyLogic.equal(in, itemKey, groupKey)) {
        groups.add(group(shown, group));
        group = new ArrayList<>();
      }
      groupKey = itemKey;
      group.add(item);
    }
    if (!group.isEmpty()) {
      groups.add(group(shown, group));
    }
    return new PyList(groups);
  }

  private static PyTuple group(Function<Object, Object> shown, List<Object> group) {
    return new PyTuple(
        List.of(shown.apply(group.get(0)), new PyList(group)), List.of("grouper", "list"));
  }

  /** What jinja2 only compares with lengths may be anything; what equals no length is -1. */
  private static int lineLength(Object given, boolean filled) {
    if (Numbers.isInt(given) || filled) {
      return Numbers.clippedInt(given);
    }
    boolean whole = given instanceof Double number && number == Math.rint(number);
    return whole ? Numbers.clippedInt(Numbers.truncate((Double) given)) : -1;
  }

  private static Object batch(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("batch", 1, "linecount", "fill_with");
    Object fill = bound.or(1, None.NONE);
    int size = lineLength(bound.get(0), fill != None.NONE);
    Iterator<Object> items = Iteration.iterate(in, value);
    return Lazy.generator(
        new Lookahead(in) {
          private boolean begun;

          @Override
          public @Nullable Object advance() {
            if (!items.hasNext()) {
              return null;
            }
            List<Object> line = new ArrayList<>();
            if (size == 0 && !begun) {
              // jinja2 compares before it adds: an empty line first, then one with all items.
              begun = true;
              return new PyList(line);
            }
            while (items.hasNext() && (size <= 0 || line.size() < size)) {
              line.add(items.next());
            }
            in.budget().checkItems(fill == None.NONE ? line.size() : Math.max(size, line.size()));
            while (fill != None.NONE && line.size() < size) {
              line.add(fill);
            }
            return new PyList(line);
          }
        });
  }

  private static Object slice(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("slice", 1, "slices", "fill_with");
    int count = bound.intOr(0, 1);
    Object fill = bound.or(1, None.NONE);
    return Lazy.generator(
        new Lookahead(in) {
          private @Nullable List<Object> all;
          private int number;
          private int from;

          @Override
          public @Nullable Object advance() {
            if (all == null) {
              all = Iteration.list(in, value);
              if (count == 0) {
                throw PyError.arithmetic("integer division or modulo by zero");
              }
            }
            if (number >= count) {
              return null;
            }
            boolean extra = number < all.size() % count;
            int to = from + all.size() / count + (extra ? 1 : 0);
            List<Object> part = new ArrayList<>(all.subList(from, to));
            if (fill != None.NONE && !extra) {
              part.add(fill);
            }
            from = to;
            number++;
            return new PyList(part);
          }
        });
  }
}
