/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.RowMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads pairs whose columns have names of their own: argilla's, OpenAI's, those of chatbot arenas,
 * of stack-exchange data and of ms-swift.
 */
final class PairLayouts {
  private static final List<String> PROMPTS = List.of("prompt", "instruction", "question", "input");

  private PairLayouts() {}

  /** Returns how a row is converted; null where it has none of these layouts. */
  static @Nullable Consumer<RowMapper> of(Map<String, @Nullable Object> columns) {
    if (has(columns, "preferred_output", "non_preferred_output", "input")) {
      return PairLayouts::openAi;
    } else if (has(columns, "conversation_a", "conversation_b", "winner")) {
      return PairLayouts::arena;
    } else if (has(columns, "response_j", "response_k")) {
      return row -> texts(row, "response_j", "response_k");
    } else if (has(columns, "chosen_response", "rejected_response")) {
      return PairLayouts::argilla;
    } else if (has(columns, "messages", "rejected_response")) {
      return PairLayouts::swift;
    }
    boolean asked = columns.get("prompt") == null && columns.get("question") instanceof String;
    boolean answers =
        columns.get("chosen") instanceof String && columns.get("rejected") instanceof String;
    return asked && answers ? row -> texts(row, "chosen", "rejected") : null;
  }

  private static boolean has(Map<String, @Nullable Object> columns, String... names) {
    return Arrays.stream(names).allMatch(name -> columns.get(name) != null);
  }

  /** A question and two answers, each a text. */
  private static void texts(RowMapper row, String better, String worse) {
    prompt(row);
    row.put("chosen", answer(row, better));
    row.put("rejected", answer(row, worse));
  }

  private static void prompt(RowMapper row) {
    String column = PROMPTS.stream().filter(row::has).findFirst().orElse("prompt");
    List<Object> prompt = new ArrayList<>();
    String system = row.text(row.has("system") ? "system" : "system_prompt");
    if (!system.isEmpty()) {
      prompt.add(AlpacaForm.message("system", system));
    }
    if (row.columns().get(column) instanceof List<?> messages) {
      row.take(column);
      prompt.addAll(messages);
    } else {
      prompt.add(AlpacaForm.message("user", row.requireText(column, "what the user says")));
    }
    row.put("prompt", prompt);
  }

  private static List<Object> answer(RowMapper row, String column) {
    return List.of(AlpacaForm.message("assistant", row.requireText(column, "an answer")));
  }

  private static void argilla(RowMapper row) {
    texts(row, "chosen_response", "rejected_response");
    score(row, "chosen_rating", RowInfo.SCORE_CHOSEN);
    score(row, "rejected_rating", RowInfo.SCORE_REJECTED);
  }

  private static void score(RowMapper row, String column, String ours) {
    if (row.columns().get(column) instanceof Number number && !row.has(ours)) {
      row.take(column);
      row.put(ours, number);
    }
  }

  private static void openAi(RowMapper row) {
    Object input = row.require("input", "the messages before the answers");
    if (!(input instanceof Map<?, ?> request)
        || !(request.get("messages") instanceof List<?> asked)) {
      throw new RowFault("input must be an object with messages but is " + Columns.kind(input));
    }
    row.put("prompt", asked);
    if (request.get("tools") instanceof List<?> tools && !tools.isEmpty()) {
      row.put("tools", tools);
    }
    row.put("chosen", messages(row, "preferred_output"));
    row.put("rejected", messages(row, "non_preferred_output"));
  }

  private static List<?> messages(RowMapper row, String column) {
    Object value = row.require(column, "an answer");
    if (value instanceof List<?> list && !list.isEmpty()) {
      return list;
    }
    throw new RowFault(column + " must be a list of messages but is " + Columns.kind(value));
  }

  /** Two conversations that begin alike, of which people preferred one, or neither. */
  private static void arena(RowMapper row) {
    List<?> a = messages(row, "conversation_a");
    List<?> b = messages(row, "conversation_b");
    int same = 0;
    int most = Math.min(a.size(), b.size()) - 1;
    while (same < most && Objects.equals(a.get(same), b.get(same))) {
      same++;
    }
    if (same == 0) {
      throw new RowFault(
          "conversation_a and conversation_b must begin with the same message of the user");
    }
    String winner = String.valueOf(row.require("winner", "which conversation is better"));
    String plain = winner.toLowerCase(Locale.ROOT).replace("model_", "").strip();
    List<Double> scores =
        switch (plain) {
          case "a" -> List.of(1.0, 0.0);
          case "b" -> List.of(0.0, 1.0);
          case "tie", "tie (bothbad)", "both_bad", "bothbad" -> List.of(0.0, 0.0);
          default ->
              throw new RowFault("winner must be model_a, model_b or tie but is \"" + winner + '"');
        };
    row.put("prompt", a.subList(0, same));
    List<Object> answers = List.of(a.subList(same, a.size()), b.subList(same, b.size()));
    row.rank(new Row.Ranked(answers, new ArrayList<>(scores), false));
  }

  /** A conversation that ends with the better answer, and the worse one beside it. */
  private static void swift(RowMapper row) {
    List<?> messages = messages(row, "messages");
    Object last = messages.get(messages.size() - 1);
    if (messages.size() < 2
        || !(last instanceof Map<?, ?> message)
        || !"assistant".equals(message.get("role"))) {
      throw new RowFault(
          "messages must end with a message of the assistant, after at least one other, where"
              + " rejected_response stands beside them");
    }
    row.put("prompt", messages.subList(0, messages.size() - 1));
    row.put("chosen", List.of(last));
    row.put(
        "rejected",
        row.columns().get("rejected_response") instanceof String
            ? answer(row, "rejected_response")
            : messages(row, "rejected_response"));
    ToolColumn.convert(row, "tools");
  }
}
