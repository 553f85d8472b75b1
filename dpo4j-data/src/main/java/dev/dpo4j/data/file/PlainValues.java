/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.JsonRows;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns the values of typed columns into plain ones, as they would come from JSON, and bounds the
 * characters of a row.
 */
final class PlainValues {
  private long characters;

  /** Bytes that are no text. */
  record Binary(int bytes) {
    @Override
    public String toString() {
      return bytes + " bytes that are no text in UTF-8";
    }
  }

  /** Begins to count the characters of the next row. */
  void nextRow() {
    characters = 0;
  }

  /**
   * Returns the text.
   *
   * @throws dev.dpo4j.data.row.RowFault if the row becomes too long
   */
  String text(String text) {
    count(text.length());
    return text;
  }

  /**
   * Counts characters, or elements of a list, which need no less room.
   *
   * @throws dev.dpo4j.data.row.RowFault if the row becomes too long
   */
  void count(int more) {
    characters += more;
    if (characters > JsonRows.MAX_ROW_CHARS) {
      throw JsonRows.tooLong();
    }
  }

  /** Returns bytes as text in UTF-8 that lacks the mark, or as what they are. */
  Object bytes(ByteBuffer bytes) {
    int size = bytes.remaining();
    try {
      return text(StandardCharsets.UTF_8.newDecoder().decode(bytes).toString());
    } catch (CharacterCodingException e) {
      return new Binary(size);
    }
  }

  /** Returns a number; NaN is how pandas writes one that is missing. */
  static @Nullable Object real(double value) {
    return Double.isNaN(value) ? null : (Object) value;
  }
}
