/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import dev.dpo4j.data.row.Origin;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One row in which something was found.
 *
 * @param where file and line, such as {@code pairs.jsonl:7}
 * @param row place of the row in the data, counted from 0 in the order of reading
 * @param what what was found there, or the place of the other row; may be empty
 */
public record Example(String where, long row, String what) {
  private static final int LENGTH = 120;

  public static Example of(Origin origin, long row, String what) {
    return new Example(place(origin), row, quote(what));
  }

  /** Returns file and line as editors and compilers write them. */
  public static String place(Origin origin) {
    return origin.file() + ":" + origin.line();
  }

  /** The beginning of a text, of which an example looks the same as of the whole. */
  public static String head(String text) {
    int length = text.codePointCount(0, text.length());
    return length <= LENGTH + 1 ? text : text.substring(0, text.offsetByCodePoints(0, LENGTH + 1));
  }

  /**
   * Shortens a text to one line that is safe to print: control characters are written as escapes.
   */
  static String quote(String text) {
    StringBuilder line = new StringBuilder();
    int shown = 0;
    for (int at = 0; at < text.length() && shown < LENGTH; shown++) {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      if (c == '\n') {
        line.append("\\n");
      } else if (c == '\t') {
        line.append("\\t");
      } else if (isUnprintable(c)) {
        line.append(String.format("\\u%04x", c));
      } else {
        line.appendCodePoint(c);
      }
      if (shown + 1 == LENGTH && at < text.length()) {
        line.append("...");
      }
    }
    return line.toString();
  }

  private static boolean isUnprintable(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR
        || type == Character.SURROGATE
        || type == Character.PRIVATE_USE
        || type == Character.UNASSIGNED;
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("where", where);
    map.put("row", row);
    map.put("what", what);
    return map;
  }
}
