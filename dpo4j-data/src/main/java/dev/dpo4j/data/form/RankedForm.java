/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads lists of answers with scores (more is better) or ranks (1 is the best), in columns beside
 * the list or inside its elements.
 */
final class RankedForm {
  private static final List<String> RESPONSES =
      List.of("responses", "completions", "answers", "generations");
  private static final List<String> SCORES =
      List.of("scores", "ratings", "rewards", "score", "rating", "reward");
  private static final List<String> RANKS = List.of("rank", "ranks");
  private static final List<String> TEXT_FIELDS =
      List.of("response", "answer", "completion", "text", "output", "content");
  private static final List<String> SCORE_FIELDS =
      List.of("score", "overall_score", "rating", "reward");
  private static final Set<String> UNKNOWN = Set.of("", "N/A", "NA", "None", "null", "nan");

  private RankedForm() {}

  /** Returns whether a row has a list of answers to something. */
  static boolean matches(Map<String, @Nullable Object> columns) {
    return RESPONSES.stream().anyMatch(name -> columns.get(name) instanceof List)
        && List.of("prompt", "instruction", "question", "messages").stream()
            .anyMatch(name -> columns.get(name) != null);
  }

  /**
   * Converts a row.
   *
   * @param ordered whether a list without scores or ranks is in order, the best answer first
   */
  static void convert(RowMapper row, boolean ordered) {
    String column = first(row, RESPONSES);
    if (column == null) {
      throw new RowFault(
          "a list of answers is missing; found %s. Expected one of the columns %s."
              .formatted(new TreeSet<>(row.columns().keySet()), RESPONSES));
    }
    List<?> list = row.list(column);
    UnaryOperator<Object> reader = putPrompt(row);
    List<Object> responses = new ArrayList<>();
    List<@Nullable Double> scores = new ArrayList<>();
    boolean graded = false;
    for (Object element : list == null ? List.of() : list) {
      String where = "%s[%d]".formatted(column, responses.size());
      responses.add(reader.apply(answer(where, element)));
      scores.add(scoreInside(where, element));
      graded |= hasScore(element);
    }
    if (scores.stream().allMatch(score -> score == null)) {
      graded = first(row, SCORES) != null;
      scores = scoresBeside(row, column, responses.size(), ordered);
    }
    row.rank(new Row.Ranked(responses, scores, graded));
  }

  private static @Nullable String first(RowMapper row, List<String> names) {
    return names.stream()
        .filter(name -> row.columns().get(name) instanceof List)
        .findFirst()
        .orElse(null);
  }

  /** Puts the prompt; returns what is to be made of an answer. */
  private static UnaryOperator<Object> putPrompt(RowMapper row) {
    if (row.has("prompt")) {
      Object prompt = row.require("prompt", "what is answered");
      if (TranscriptForm.isOpen(prompt)) {
        row.note(RowEvent.TRANSCRIPT);
        row.put("prompt", TranscriptForm.messages("prompt", (String) prompt));
        return answer -> answer instanceof String text ? TranscriptForm.answer(text) : answer;
      }
      row.put("prompt", prompt);
      return UnaryOperator.identity();
    }
    if (row.has("messages")) {
      row.put("prompt", row.require("messages", "what is answered"));
      return UnaryOperator.identity();
    }
    String name = row.has("instruction") ? "instruction" : "question";
    String text = row.requireText(name, "what is answered");
    String input = name.equals("instruction") ? row.text("input") : "";
    List<Object> prompt = new ArrayList<>();
    String system = row.text("system");
    if (!system.isEmpty()) {
      prompt.add(AlpacaForm.message("system", system));
    }
    prompt.add(AlpacaForm.message("user", input.isEmpty() ? text : text + "\n" + input));
    row.put("prompt", prompt);
    return UnaryOperator.identity();
  }

  private static Object answer(String where, @Nullable Object element) {
    if (element instanceof String || element instanceof List) {
      return element;
    }
    if (element instanceof Map<?, ?> map) {
      if (map.get("role") instanceof String) {
        return List.of(map);
      }
      for (String field : TEXT_FIELDS) {
        Object value = map.get(field);
        if (value instanceof String || value instanceof List) {
          return value;
        }
      }
      throw new RowFault(
          "%s has no text: expected one of the fields %s, found %s"
              .formatted(where, TEXT_FIELDS, map.keySet()));
    }
    throw new RowFault(
        "%s must be a string, a list of messages or an object but is %s"
            .formatted(where, Columns.kind(element)));
  }

  private static boolean hasScore(@Nullable Object element) {
    return element instanceof Map<?, ?> map
        && SCORE_FIELDS.stream().anyMatch(field -> map.get(field) != null);
  }

  private static @Nullable Double scoreInside(String where, @Nullable Object element) {
    if (!(element instanceof Map<?, ?> map)) {
      return null;
    }
    for (String field : SCORE_FIELDS) {
      if (map.get(field) != null) {
        return number(where + "." + field, map.get(field));
      }
    }
    Double rank = number(where + ".rank", map.get("rank"));
    return rank == null ? null : -rank;
  }

  private static List<@Nullable Double> scoresBeside(
      RowMapper row, String column, int count, boolean ordered) {
    String scores = first(row, SCORES);
    String ranks = first(row, RANKS);
    String name = scores == null ? ranks : scores;
    List<@Nullable Double> found = new ArrayList<>();
    if (name == null) {
      if (!ordered) {
        throw new RowFault(
            "%s has neither scores nor ranks: give them in a column %s or %s, or inside the answers, or set dataset_format to ranked if the best answer always comes first"
                .formatted(column, SCORES.get(0), RANKS.get(0)));
      }
      for (int i = 0; i < count; i++) {
        found.add((double) -i);
      }
      return found;
    }
    List<?> values = row.list(name);
    for (Object value : values == null ? List.of() : values) {
      Double number = number("%s[%d]".formatted(name, found.size()), value);
      found.add(number == null || name.equals(scores) ? number : Double.valueOf(-number));
    }
    if (found.size() != count) {
      throw new RowFault(
          "%s has %d values for the %d answers of %s".formatted(name, found.size(), count, column));
    }
    return found;
  }

  private static @Nullable Double number(String where, @Nullable Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    if (value instanceof String text) {
      if (UNKNOWN.contains(text.strip())) {
        return null;
      }
      try {
        return new BigDecimal(text.strip()).doubleValue();
      } catch (NumberFormatException e) {
        throw new RowFault("%s must be a number but is \"%s\"".formatted(where, text));
      }
    }
    if (value == null) {
      return null;
    }
    throw new RowFault("%s must be a number but is %s".formatted(where, Columns.kind(value)));
  }
}
