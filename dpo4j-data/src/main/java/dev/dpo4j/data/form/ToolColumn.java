/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads descriptions of tools as LLaMA-Factory writes them: bare functions in a list, as JSON. */
final class ToolColumn {
  private ToolColumn() {}

  /** Puts the tools as chat templates expect them: each in an object of type "function". */
  static void convert(RowMapper row, @Nullable String name) {
    List<?> tools = row.list(name);
    if (tools == null || tools.isEmpty()) {
      return;
    }
    List<Object> wrapped = new ArrayList<>();
    for (Object tool : tools) {
      if (!(tool instanceof Map<?, ?> map)) {
        throw new RowFault(
            "%s must be a list of objects (JSON schemas of functions) but holds %s"
                .formatted(name, Columns.kind(tool)));
      }
      wrapped.add(
          "function".equals(map.get("type"))
              ? map
              : Columns.object("type", "function", "function", map));
    }
    row.put("tools", wrapped);
  }
}
