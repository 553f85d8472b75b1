/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ContentParts;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rows that hold pictures, sound or films beside their text: a model that reads text only
 * would learn to answer to what it does not see.
 */
final class MediaRows {
  private static final Set<String> COLUMNS =
      Set.of("image", "images", "video", "videos", "audio", "audios");

  private MediaRows() {}

  /**
   * Refuses such a row, or marks it as left out.
   *
   * @param drop whether the run asked to leave such rows out
   * @return the row, or a row without texts that is dropped
   * @throws RowFault if the row has a column of media and the run did not ask
   */
  static Row check(Row row, boolean drop) {
    String column = column(row.columns());
    if (drop && (column != null || row.columns().values().stream().anyMatch(MediaRows::inside))) {
      Row.Found dropped = new Row.Found(EnumSet.of(RowEvent.MEDIA), Map.of(), null, false);
      return new Row(row.index(), row.origin(), Map.of(), dropped);
    }
    if (column != null) {
      throw new RowFault(
          "the column \"%s\" is not empty, and the models here read text only. Leave such rows out with drop_media_rows, which counts them, or remove the column if the texts stand without it."
              .formatted(column));
    }
    return row;
  }

  private static @Nullable String column(Map<String, @Nullable Object> columns) {
    return columns.entrySet().stream()
        .filter(entry -> COLUMNS.contains(entry.getKey()) && !isNothing(entry.getValue()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  private static boolean isNothing(@Nullable Object value) {
    return value == null
        || "".equals(value)
        || "[]".equals(value)
        || (value instanceof Collection<?> list && list.stream().allMatch(MediaRows::isNothing))
        || (value instanceof Map<?, ?> map && map.values().stream().allMatch(MediaRows::isNothing));
  }

  /** Whether a message in a column, or in a list of answers, has a part that is no text. */
  private static boolean inside(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.stream().anyMatch(MediaRows::inside);
    }
    return value instanceof Map<?, ?> message
        && (hasForeign(message.get("content")) || hasForeign(message.get("value")));
  }

  private static boolean hasForeign(@Nullable Object content) {
    return content instanceof List<?> parts && parts.stream().anyMatch(ContentParts::isForeign);
  }
}
