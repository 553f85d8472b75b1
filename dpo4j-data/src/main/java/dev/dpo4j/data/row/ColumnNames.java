/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the columns of a row are called, by the names that LLaMA-Factory's {@code dataset_info.json}
 * gives their meanings; null where there is no such column.
 */
public record ColumnNames(
    @Nullable String prompt,
    @Nullable String query,
    @Nullable String response,
    @Nullable String history,
    @Nullable String messages,
    @Nullable String system,
    @Nullable String tools,
    @Nullable String chosen,
    @Nullable String rejected,
    @Nullable String ktoTag) {

  /** The names that data sets in the Alpaca form usually have. */
  public static final ColumnNames ALPACA =
      new ColumnNames(
          "instruction",
          "input",
          "output",
          "history",
          null,
          "system",
          "tools",
          "chosen",
          "rejected",
          "kto_tag");

  public static final ColumnNames SHAREGPT = ofMessages("conversations");

  public static final ColumnNames OPENAI = ofMessages("messages");

  private static ColumnNames ofMessages(String messages) {
    return new ColumnNames(
        null, null, null, null, messages, "system", "tools", "chosen", "rejected", "kto_tag");
  }

  /**
   * The names that an entry of {@code dataset_info.json} gives; what it leaves out is not there.
   */
  public static ColumnNames of(Map<String, String> names) {
    return new ColumnNames(
        names.get("prompt"),
        names.get("query"),
        names.get("response"),
        names.get("history"),
        names.get("messages"),
        names.get("system"),
        names.get("tools"),
        names.get("chosen"),
        names.get("rejected"),
        names.get("kto_tag"));
  }

  /** The same names without those that a row lacks; its label may also be called {@code label}. */
  public ColumnNames presentIn(Map<String, @Nullable Object> columns) {
    boolean labelled = columns.get("kto_tag") == null && columns.get("label") instanceof Boolean;
    return new ColumnNames(
        prompt,
        present(query, columns),
        response,
        present(history, columns),
        messages,
        present(system, columns),
        present(tools, columns),
        present(chosen, columns),
        present(rejected, columns),
        labelled ? "label" : present(ktoTag, columns));
  }

  private static @Nullable String present(
      @Nullable String name, Map<String, @Nullable Object> columns) {
    return name != null && columns.get(name) != null ? name : null;
  }
}
