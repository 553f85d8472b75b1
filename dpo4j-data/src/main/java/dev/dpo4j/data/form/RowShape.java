/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowMapper;
import dev.dpo4j.data.row.Tags;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the columns of a row the names and forms that TRL knows.
 *
 * <p>A list of answers is kept as such; what becomes of it, the method of training decides.
 */
public interface RowShape {
  /** Finds out for each row by itself which form it has. */
  RowShape AUTO = row -> auto(row).guessed();

  /** Finds out the form, but leaves lists of answers as they are: nobody asks which is best. */
  RowShape ANSWERS = row -> (RankedForm.matches(row.columns()) ? row : auto(row)).guessed();

  /**
   * Converts a row.
   *
   * @throws RowFault if it does not have the form
   */
  Row apply(Row row);

  /**
   * Called where all rows were read.
   *
   * @throws DataException if something that was said about the rows was true for none
   */
  default void finish() {}

  /** The shape of rows that all have one form. */
  static RowShape of(RowFormat format) {
    return switch (format) {
      case AUTO -> AUTO;
      case TRL -> row -> row;
      case ALPACA -> row -> convert(row, RowShape::alpaca);
      case SHAREGPT ->
          row -> convert(row, taking -> messages(taking, ColumnNames.SHAREGPT, Tags.SHAREGPT));
      case OPENAI ->
          row -> convert(row, taking -> messages(taking, ColumnNames.OPENAI, Tags.OPENAI));
      case HH -> row -> convert(row, TranscriptForm::convert);
      case CHAT -> row -> convert(row, ChatForm::convert);
      case RANKED -> row -> convert(row, taking -> RankedForm.convert(taking, true));
    };
  }

  /** Converts a row; rows that are already in TRL's columns should not come here. */
  static Row convert(Row row, Consumer<RowMapper> conversion) {
    RowMapper taking = new RowMapper(row);
    conversion.accept(taking);
    return taking.toRow();
  }

  private static void alpaca(RowMapper row) {
    AlpacaForm.convert(row, ColumnNames.ALPACA.presentIn(row.columns()));
  }

  private static void messages(RowMapper row, ColumnNames names, Tags tags) {
    MessageForm.convert(row, names.presentIn(row.columns()), tags);
  }

  private static Row auto(Row row) {
    Map<String, @Nullable Object> columns = row.columns();
    @Nullable Consumer<RowMapper> layout = PairLayouts.of(columns);
    if (layout != null) {
      return convert(row, layout);
    } else if (columns.get("chosen") != null && columns.get("rejected") != null) {
      return autoPair(row, columns.get("chosen"), columns.get("rejected"));
    } else if (RankedForm.matches(columns)) {
      return convert(row, taking -> RankedForm.convert(taking, false));
    } else if (columns.get("conversations") instanceof List) {
      return of(RowFormat.SHAREGPT).apply(row);
    } else if (columns.get("messages") instanceof List
        && !isShareGpt(columns.get("messages"))
        && columns.get("system") instanceof String system
        && !system.isBlank()) {
      return convert(row, taking -> messages(taking, ColumnNames.OPENAI, Tags.OPENAI));
    } else if (isShareGpt(columns.get("messages"))) {
      return convert(row, taking -> messages(taking, ColumnNames.OPENAI, Tags.SHAREGPT));
    } else if (columns.get("instruction") instanceof String
        && columns.get("output") != null
        && List.of("prompt", "completion", "messages", "text").stream()
            .allMatch(name -> columns.get(name) == null)) {
      return convert(row, RowShape::alpaca);
    } else if (columns.get("kto_tag") != null && columns.get("label") == null) {
      return convert(row, RowShape::renameLabel);
    }
    return row;
  }

  private static Row autoPair(Row row, @Nullable Object chosen, @Nullable Object rejected) {
    Map<String, @Nullable Object> columns = row.columns();
    boolean texts = chosen instanceof String && rejected instanceof String;
    if (columns.get("conversations") instanceof List && !(chosen instanceof List)) {
      return of(RowFormat.SHAREGPT).apply(row);
    } else if (columns.get("messages") instanceof List && chosen instanceof Map) {
      Tags tags = isShareGpt(columns.get("messages")) ? Tags.SHAREGPT : Tags.OPENAI;
      return convert(row, taking -> messages(taking, ColumnNames.OPENAI, tags));
    }
    if (columns.get("prompt") != null || !texts) {
      return row;
    } else if (columns.get("instruction") instanceof String) {
      return convert(row, RowShape::alpaca);
    }
    return List.of("question", "input").stream()
        .filter(name -> columns.get(name) instanceof String)
        .findFirst()
        .map(name -> convert(row, taking -> asked(taking, name)))
        .orElse(row);
  }

  /** A question, perhaps with a system message beside it, and two answers to it. */
  private static void asked(RowMapper row, String question) {
    ColumnNames names =
        new ColumnNames(
            question, null, null, null, null, "system", "tools", "chosen", "rejected", null);
    AlpacaForm.convert(row, names.presentIn(row.columns()));
  }

  private static boolean isShareGpt(@Nullable Object messages) {
    return messages instanceof List<?> list
        && !list.isEmpty()
        && list.get(0) instanceof Map<?, ?> first
        && first.containsKey("from")
        && !first.containsKey("role");
  }

  private static void renameLabel(RowMapper row) {
    row.columns()
        .forEach(
            (name, value) -> {
              Object taken = row.take(name);
              if (taken != null) {
                row.put(name.equals("kto_tag") ? "label" : name, taken);
              }
            });
  }
}
