/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells what a cell of CSV stands for; CSV itself only knows text. */
final class CsvCells {
  /** Columns whose cells are JSON. */
  private static final Set<String> LISTS =
      Set.of(
          "messages",
          "conversations",
          "history",
          "responses",
          "completions",
          "answers",
          "generations",
          "scores",
          "ratings",
          "rating",
          "rank",
          "ranks",
          "tools",
          "chat_template_kwargs");

  /** Columns that may be messages, if they look like them, or text. */
  private static final Set<String> ANSWERS = Set.of("prompt", "chosen", "rejected", "completion");

  private static final Set<String> NUMBERS =
      Set.of("weight", "margin", "p_chosen", "score_chosen", "score_rejected");

  private static final Set<String> LABELS = Set.of("label", "kto_tag");

  private CsvCells() {}

  static @Nullable Object value(String column, String cell) {
    if (LISTS.contains(column)) {
      return cell.isBlank() ? null : json(column, cell);
    } else if (ANSWERS.contains(column) && cell.startsWith("[")) {
      return messagesOrText(cell);
    } else if (NUMBERS.contains(column)) {
      return cell.isBlank() ? null : number(column, cell);
    } else if (LABELS.contains(column)) {
      return cell.isBlank() ? null : label(column, cell);
    }
    return cell;
  }

  private static @Nullable Object json(String column, String cell) {
    try {
      return JsonRows.parse(cell);
    } catch (RowFault e) {
      throw new RowFault("the cell of column \"%s\" %s".formatted(column, e.text()));
    }
  }

  private static Object messagesOrText(String cell) {
    try {
      if (JsonRows.parse(cell) instanceof List<?> list
          && !list.isEmpty()
          && list.stream().allMatch(e -> e instanceof Map<?, ?> map && map.containsKey("role"))) {
        return list;
      }
    } catch (RowFault e) {
      return cell;
    }
    return cell;
  }

  private static Object number(String column, String cell) {
    try {
      return new BigDecimal(cell.strip()).doubleValue();
    } catch (NumberFormatException e) {
      throw new RowFault("%s must be a number but is \"%s\"".formatted(column, cell));
    }
  }

  private static Object label(String column, String cell) {
    return switch (cell.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new RowFault("%s must be true or false but is \"%s\"".formatted(column, cell));
    };
  }
}
