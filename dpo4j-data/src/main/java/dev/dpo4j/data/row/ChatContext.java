/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a row gives the chat template besides its messages.
 *
 * @param tools tool schemas (the column {@code tools}), or null where the row has none
 * @param templateKwargs further variables (the column {@code chat_template_kwargs})
 */
public record ChatContext(
    @Nullable List<@Nullable Object> tools, Map<String, @Nullable Object> templateKwargs) {
  /** No tools, no variables. */
  public static final ChatContext NONE = new ChatContext(null, Map.of());

  public ChatContext {
    if (tools != null) {
      List<@Nullable Object> copy = new ArrayList<>(tools);
      tools = Collections.unmodifiableList(copy);
    }
    templateKwargs = Collections.unmodifiableMap(new LinkedHashMap<>(templateKwargs));
  }

  /** Adds the columns that a row must have for this context. */
  void putColumns(Map<String, Object> columns) {
    if (tools != null) {
      columns.put("tools", tools);
    }
    if (!templateKwargs.isEmpty()) {
      columns.put("chat_template_kwargs", templateKwargs);
    }
  }
}
