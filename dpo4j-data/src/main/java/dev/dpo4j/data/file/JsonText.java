/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Plain values (null, Boolean, Number, String, List, Map) to JSON and back. */
public final class JsonText {
  private JsonText() {}

  /** Returns a value as JSON on one line. */
  public static String write(@Nullable Object value) {
    return JsonMapper.shared().writeValueAsString(value);
  }

  /**
   * Reads an object.
   *
   * @throws IllegalArgumentException if the text is not one JSON object; the message says why
   */
  @SuppressWarnings("unchecked") // JsonRows builds maps with string keys only
  public static Map<String, @Nullable Object> readObject(String text) {
    try {
      Object value = JsonRows.parse(text);
      if (value instanceof Map) {
        return (Map<String, @Nullable Object>) value;
      }
      throw new IllegalArgumentException("must be a JSON object but is " + Columns.kind(value));
    } catch (RowFault e) {
      throw new IllegalArgumentException(e.text(), e);
    }
  }
}
