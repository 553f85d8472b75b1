/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Lazy;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.Text;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Filters that apply a filter or a test to each item: lazy, as in jinja2. */
final class SelectFilters {
  private SelectFilters() {}

  static void addTo(Map<String, Filter> all) {
    all.put("map", SelectFilters::map);
    all.put("select", (in, value, args) -> select(in, value, args, true, false));
    all.put("reject", (in, value, args) -> select(in, value, args, false, false));
    all.put("selectattr", (in, value, args) -> select(in, value, args, true, true));
    all.put("rejectattr", (in, value, args) -> select(in, value, args, false, true));
  }

  private static Object map(Evaluation in, Object value, CallArguments args) {
    return Lazy.generator(
        new Lookahead(in) {
          private @Nullable Function<Object, Object> code;
          private @Nullable Iterator<Object> items;

          @Override
          public @Nullable Object advance() {
            if (!PyLogic.truth(value)) {
              return null;
            }
            Function<Object, Object> apply = code == null ? mapping(in, args) : code;
            Iterator<Object> source = items == null ? Iteration.iterate(in, value) : items;
            code = apply;
            items = source;
            return source.hasNext() ? apply.apply(source.next()) : null;
          }
        });
  }

  private static Function<Object, Object> mapping(Evaluation in, CallArguments args) {
    if (args.positional().isEmpty() && args.named().containsKey("attribute")) {
      Map<String, Object> named = new LinkedHashMap<>(args.named());
      Object path = named.remove("attribute");
      Object otherwise = named.remove("default");
      if (!named.isEmpty()) {
        throw PyError.template(
            "Unexpected keyword argument '" + named.keySet().iterator().next() + "'");
      }
      return SequenceFilters.attribute(
          in, path == null ? None.NONE : path, otherwise == None.NONE ? null : otherwise);
    }
    if (args.positional().isEmpty()) {
      throw PyError.template("map requires a filter argument");
    }
    String name = Text.require(args.positional().get(0), "filter name");
    CallArguments rest = args.after(1);
    return item -> Filters.apply(in, name, item, rest);
  }

  private static Object select(
      Evaluation in, Object value, CallArguments args, boolean wanted, boolean byAttribute) {
    return Lazy.generator(
        new Lookahead(in) {
          private @Nullable Function<Object, Boolean> test;
          private @Nullable Iterator<Object> items;

          @Override
          public @Nullable Object advance() {
            if (!PyLogic.truth(value)) {
              return null;
            }
            Function<Object, Boolean> check = test == null ? testing(in, args, byAttribute) : test;
            Iterator<Object> source = items == null ? Iteration.iterate(in, value) : items;
            test = check;
            items = source;
            while (source.hasNext()) {
              Object item = source.next();
              if (check.apply(item) == wanted) {
                return item;
              }
            }
            return null;
          }
        });
  }

  private static Function<Object, Boolean> testing(
      Evaluation in, CallArguments args, boolean byAttribute) {
    int offset = byAttribute ? 1 : 0;
    if (args.positional().size() < offset) {
      throw PyError.template("Missing parameter for attribute name");
    }
    Function<Object, Object> part =
        byAttribute
            ? SequenceFilters.attribute(in, args.positional().get(0), null)
            : Function.identity();
    if (args.positional().size() == offset) {
      return item -> PyLogic.truth(part.apply(item));
    }
    String name = Text.require(args.positional().get(offset), "test name");
    CallArguments rest = args.after(offset + 1);
    return item -> PyLogic.truth(Tests.apply(in, name, part.apply(item), rest));
  }
}
