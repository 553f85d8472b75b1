/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call as written.
 *
 * @param positional plain arguments
 * @param named keyword arguments, in order
 * @param star {@code *expression}, or null
 * @param doubleStar {@code **expression}, or null
 */
public record ArgumentExpressions(
    List<Expr> positional,
    Map<String, Expr> named,
    @Nullable Expr star,
    @Nullable Expr doubleStar) {
  public static final ArgumentExpressions NONE =
      new ArgumentExpressions(List.of(), Map.of(), null, null);

  CallArguments eval(Interpreter in) {
    if (positional.isEmpty() && named.isEmpty() && star == null && doubleStar == null) {
      return CallArguments.NONE;
    }
    List<Object> values = new ArrayList<>(positional.size());
    for (Expr argument : positional) {
      values.add(in.eval(argument));
    }
    if (star != null) {
      values.addAll(Iteration.list(in, in.eval(star)));
    }
    Map<String, Object> keywords = new LinkedHashMap<>();
    for (Map.Entry<String, Expr> entry : named.entrySet()) {
      keywords.put(entry.getKey(), in.eval(entry.getValue()));
    }
    if (doubleStar != null) {
      addAll(keywords, in.eval(doubleStar));
    }
    return new CallArguments(values, keywords);
  }

  private static void addAll(Map<String, Object> keywords, Object mapping) {
    Undefined.check(mapping);
    if (!(mapping instanceof PyDict dict)) {
      throw PyError.type("argument after ** must be a mapping, not " + Types.name(mapping));
    }
    for (PyDict.Entry entry : dict.entries()) {
      String key = Text.require(entry.key(), "keywords");
      if (keywords.put(key, entry.value()) != null) {
        throw PyError.type("got multiple values for keyword argument '" + key + "'");
      }
    }
  }
}
