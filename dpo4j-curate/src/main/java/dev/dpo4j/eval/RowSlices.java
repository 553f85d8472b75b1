/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.doctor.check.Scripts;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says which groups a row belongs to, and what scores its answers were given. */
public final class RowSlices {
  /** Groups by how long the longer answer is. */
  public static final String LENGTH = "length";

  /** Groups by the script of the prompt. */
  public static final String LANGUAGE = "language";

  private static final int[] LENGTHS = {64, 256, 1024};

  private final List<String> by;
  private final Map<Integer, Map<String, String>> columns = new HashMap<>();
  private final Map<Integer, Double> margins = new HashMap<>();

  private RowSlices(List<String> by) {
    this.by = List.copyOf(by);
  }

  /** Where the scores of the answers stand. */
  public record ScoreColumns(String chosen, String rejected) {}

  /**
   * Reads what rows are grouped by.
   *
   * @param by {@link #LENGTH}, {@link #LANGUAGE}, or columns of the rows
   * @param scores columns with scores of the answers, or null for those that the form of the rows
   *     has by itself
   * @throws DataException if no row has such a column
   */
  public static RowSlices read(
      DataSource source, PreferenceRows rows, List<String> by, @Nullable ScoreColumns scores) {
    RowSlices slices = new RowSlices(by);
    List<String> names =
        by.stream().filter(name -> !name.equals(LENGTH) && !name.equals(LANGUAGE)).toList();
    if (!names.isEmpty() || scores != null) {
      slices.readColumns(source, names, scores);
    }
    rows.forEach(
        pair -> {
          int row = pair.info().row();
          Double margin = pair.info().scoreMargin();
          if (margin != null) {
            slices.margins.putIfAbsent(row, margin);
          }
          if (by.contains(LANGUAGE)) {
            String prompt =
                pair instanceof TextPair text
                    ? text.prompt()
                    : pair instanceof ChatPair chat ? words(chat.prompt()) : "";
            slices.put(row, LANGUAGE, Scripts.of(prompt).name().toLowerCase(Locale.ROOT));
          }
        });
    return slices;
  }

  private static String words(List<Message> messages) {
    return messages.stream()
        .map(message -> String.valueOf(message.fields().get("content")))
        .collect(Collectors.joining("\n"));
  }

  private void readColumns(DataSource source, List<String> names, @Nullable ScoreColumns scores) {
    Map<String, Integer> seen = new LinkedHashMap<>();
    names.forEach(name -> seen.put(name, 0));
    if (scores != null) {
      seen.put(scores.chosen(), 0);
      seen.put(scores.rejected(), 0);
    }
    Faults faults = new Faults();
    source
        .rows()
        .read(
            row -> {
              seen.replaceAll((name, n) -> row.valueOf(name) == null ? n : n + 1);
              for (String name : names) {
                put(row.index(), name, String.valueOf(row.valueOf(name)));
              }
              if (scores != null) {
                margin(row, scores);
              }
              return true;
            },
            faults);
    faults.throwIfAny();
    seen.forEach(
        (name, count) -> {
          if (count == 0) {
            throw new DataException(
                "%s: no row has the column \"%s\"; name another, or %s or %s"
                    .formatted(source.name(), name, LENGTH, LANGUAGE));
          }
        });
  }

  private void margin(Row row, ScoreColumns scores) {
    Object chosen = row.valueOf(scores.chosen());
    Object rejected = row.valueOf(scores.rejected());
    if (chosen instanceof Number a && rejected instanceof Number b) {
      margins.put(row.index(), a.doubleValue() - b.doubleValue());
    } else if (chosen != null && rejected != null) {
      throw new DataException(
          "%s: the scores in \"%s\" and \"%s\" are %s and %s: expected numbers"
              .formatted(row.origin(), scores.chosen(), scores.rejected(), chosen, rejected));
    }
  }

  private void put(int row, String name, String value) {
    columns.computeIfAbsent(row, added -> new HashMap<>()).put(name, value);
  }

  /** The groups of a row. */
  public Map<String, String> of(TokenizedPair pair) {
    Map<String, String> found = new LinkedHashMap<>();
    Map<String, String> known = columns.getOrDefault(pair.row(), Map.of());
    for (String name : by) {
      found.put(name, name.equals(LENGTH) ? length(pair) : known.getOrDefault(name, "null"));
    }
    return found;
  }

  private static String length(TokenizedPair pair) {
    int longer = Math.max(pair.chosenIds().length, pair.rejectedIds().length);
    int from = 1;
    for (int to : LENGTHS) {
      if (longer <= to) {
        return from + "-" + to + " tokens";
      }
      from = to + 1;
    }
    return from + " tokens or more";
  }

  /** By how much the scores prefer the chosen answer, NaN without scores. */
  public double scoreMargin(TokenizedPair pair) {
    return margins.getOrDefault(pair.row(), Double.NaN);
  }
}
