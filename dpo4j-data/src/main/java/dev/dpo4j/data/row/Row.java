/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row on its way from its file to a form that is trained on.
 *
 * @param index place of the row in the whole split, counted from 0, before any slice
 * @param origin file and line
 * @param columns column name to plain value
 * @param found what was found out while the columns got the names that TRL gives them
 */
public record Row(int index, Origin origin, Map<String, @Nullable Object> columns, Found found) {
  /** A row as it was read, before anybody looked at its form. */
  public Row(int index, Origin origin, Map<String, @Nullable Object> columns) {
    this(index, origin, columns, Found.NOTHING);
  }

  /**
   * What is known of a row besides its columns.
   *
   * @param notes what is to be counted
   * @param unread the columns that the form has no use for
   * @param ranked the answers, where the row has a list of them
   * @param guessed whether nobody said which form the row has
   */
  public record Found(
      Set<RowEvent> notes,
      Map<String, @Nullable Object> unread,
      @Nullable Ranked ranked,
      boolean guessed) {
    public static final Found NOTHING =
        new Found(EnumSet.noneOf(RowEvent.class), Map.of(), null, false);
  }

  /**
   * Several answers to one prompt.
   *
   * @param responses the answers, each a string or a list of messages
   * @param scores for each answer how good it is, more is better; null where nobody said
   * @param graded whether differences of scores mean something: they are no ranks
   */
  public record Ranked(List<Object> responses, List<@Nullable Double> scores, boolean graded) {}

  /** The same row, whose form nobody has said. */
  public Row guessed() {
    Found known = new Found(found.notes(), found.unread(), found.ranked(), true);
    return new Row(index, origin, columns, known);
  }

  /** Whether the row is not trained on, which was found before its texts were looked at. */
  public boolean isDropped() {
    return found.notes().stream().anyMatch(note -> note.kind() == RowEvent.Kind.DROPPED);
  }

  /** The value of a column, read or not. */
  public @Nullable Object valueOf(String column) {
    return columns.containsKey(column) ? columns.get(column) : found.unread().get(column);
  }

  /** The same row at another place. */
  public Row withIndex(int place) {
    return new Row(place, origin, columns, found);
  }
}
