/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the Alpaca form: what the user says is the instruction and, on a line of its own, the
 * input; before it may stand a system message and the rounds of the history.
 */
final class AlpacaForm {
  private AlpacaForm() {}

  static void convert(RowMapper row, ColumnNames names) {
    List<Object> prompt = new ArrayList<>();
    String system = row.text(names.system());
    if (!system.isEmpty()) {
      prompt.add(message("system", system));
    }
    List<?> history = row.list(names.history());
    if (history != null) {
      history.forEach(round -> addRound(prompt, round));
    }
    String question = row.requireText(names.prompt(), "what the user says");
    String query = row.text(names.query());
    String joint = question.isEmpty() || query.isEmpty() ? "" : "\n";
    prompt.add(message("user", question + joint + query));
    row.put("prompt", prompt);
    ToolColumn.convert(row, names.tools());
    if (names.ktoTag() != null) {
      row.put("completion", answer(row, names.response()));
      row.put("label", row.label(names.ktoTag()));
    } else if (names.chosen() != null || names.rejected() != null) {
      row.put("chosen", answer(row, names.chosen()));
      row.put("rejected", answer(row, names.rejected()));
    } else {
      row.put("completion", answer(row, names.response()));
    }
  }

  private static List<Object> answer(RowMapper row, @Nullable String name) {
    return List.of(message("assistant", row.requireText(name, "the answer")));
  }

  private static void addRound(List<Object> prompt, Object round) {
    if (!(round instanceof List<?> texts)
        || texts.size() != 2
        || !(texts.get(0) instanceof String said)
        || !(texts.get(1) instanceof String answered)) {
      throw new RowFault(
          "history must be a list of rounds [\"what the user said\", \"what the assistant answered\"] but one of them is "
              + (round instanceof List<?> list
                  ? "a list of " + list.size() + " values"
                  : Columns.kind(round)));
    }
    prompt.add(message("user", said));
    prompt.add(message("assistant", answered));
  }

  static Map<String, Object> message(String role, String content) {
    return Columns.object("role", role, "content", content);
  }
}
