/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads questions and answers that are plain texts, and makes messages of them. */
final class ChatForm {
  private static final List<String> ANSWERS = List.of("chosen", "rejected", "completion");

  private ChatForm() {}

  static void convert(RowMapper row) {
    List<Object> prompt = new ArrayList<>();
    String system = row.text("system");
    if (!system.isEmpty()) {
      prompt.add(AlpacaForm.message("system", system));
    }
    Object asked = row.require("prompt", "what the user says");
    if (asked instanceof List<?> messages) {
      prompt.addAll(messages);
    } else {
      prompt.add(AlpacaForm.message("user", row.requireText("prompt", "what the user says")));
    }
    row.put("prompt", prompt);
    ToolColumn.convert(row, "tools");
    int found = 0;
    for (String column : ANSWERS) {
      if (row.has(column)) {
        row.put(column, answer(row, column));
        found++;
      }
    }
    if (found == 0) {
      row.require("chosen", "the better answer, or a completion");
    }
    if (row.has("label")) {
      row.put("label", row.label("label"));
    }
  }

  /** An answer is a text, a message, or a conversation of which the last message answers. */
  private static List<Object> answer(RowMapper row, String column) {
    Object value = row.require(column, "an answer");
    if (value instanceof String text) {
      return List.of(AlpacaForm.message("assistant", text));
    } else if (value instanceof Map<?, ?>) {
      return List.of(value);
    } else if (value instanceof List<?> list
        && !list.isEmpty()
        && list.get(list.size() - 1) instanceof Map<?, ?> last) {
      return List.of(last);
    }
    throw new RowFault(
        column + " must be a string or a list of messages but is " + Columns.kind(value));
  }
}
