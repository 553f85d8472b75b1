/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Text;
import java.util.HashMap;
import java.util.Map;

/** All filters by name. */
public final class Filters {
  private static final Map<String, Filter> ALL = new HashMap<>();

  static {
    TextFilters.addTo(ALL);
    SequenceFilters.addTo(ALL);
    SelectFilters.addTo(ALL);
    ValueFilters.addTo(ALL);
  }

  private Filters() {}

  public static boolean exists(String name) {
    return ALL.containsKey(name);
  }

  public static Object apply(Evaluation in, String name, Object value, CallArguments args) {
    Filter filter = ALL.get(name);
    if (filter == null) {
      throw PyError.template("No filter named '" + name + "' found.");
    }
    String text = Text.of(value);
    in.budget().scan(text == null ? 1 : text.length());
    return filter.apply(in, value, args);
  }
}
