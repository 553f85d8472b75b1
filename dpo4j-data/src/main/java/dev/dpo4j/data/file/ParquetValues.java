/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.JsonRows;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Blob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBStruct;
import org.duckdb.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Turns the values of a row of DuckDB into plain ones, each by its type: through a text of JSON a
 * NaN would be no number any more, and bytes would be spelt out.
 *
 * <ul>
 *   <li>NaN is how pandas writes a number that is missing: null.
 *   <li>Bytes are text in UTF-8 that lacks the mark; others are {@link PlainValues.Binary}.
 *   <li>A field of a struct that is null is absent: all structs of a column have the fields of all
 *       rows, and those that a row never had are null.
 * </ul>
 */
final class ParquetValues {
  private final ResultSet rows;
  private final List<String> names = new ArrayList<>();
  private final PlainValues plain = new PlainValues();

  ParquetValues(ResultSet rows) throws SQLException {
    this.rows = rows;
    ResultSetMetaData columns = rows.getMetaData();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      names.add(columns.getColumnName(i));
    }
  }

  /**
   * Returns the row that the result stands on.
   *
   * @throws dev.dpo4j.data.row.RowFault if it is too long
   */
  Map<String, @Nullable Object> row() throws SQLException {
    plain.nextRow();
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      row.put(names.get(i), plain(rows.getObject(i + 1)));
    }
    return row;
  }

  private @Nullable Object plain(@Nullable Object value) throws SQLException {
    if (value == null || value instanceof Boolean) {
      return value;
    } else if (value instanceof String text) {
      return plain.text(text);
    } else if (value instanceof Number number) {
      return number(number);
    } else if (value instanceof DuckDBStruct struct) {
      return struct(struct.getMap());
    } else if (value instanceof Array array) {
      return list((Object[]) array.getArray());
    } else if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> entries = new LinkedHashMap<>();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        entries.put(String.valueOf(plain(entry.getKey())), plain(entry.getValue()));
      }
      return entries;
    } else if (value instanceof JsonNode json) {
      return JsonRows.parse(plain.text(json.toString()));
    } else if (value instanceof Blob blob) {
      return plain.bytes(ByteBuffer.wrap(blob.getBytes(1, Math.toIntExact(blob.length()))));
    }
    return value instanceof Timestamp time ? time.toLocalDateTime().toString() : value.toString();
  }

  private Map<String, @Nullable Object> struct(Map<String, Object> fields) throws SQLException {
    Map<String, @Nullable Object> present = new LinkedHashMap<>();
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      Object value = plain(field.getValue());
      if (value != null) {
        present.put(field.getKey(), value);
      }
    }
    return present;
  }

  private List<@Nullable Object> list(Object[] elements) throws SQLException {
    List<@Nullable Object> list = new ArrayList<>(elements.length);
    for (Object element : elements) {
      list.add(plain(element));
    }
    return list;
  }

  private static @Nullable Object number(Number number) {
    if (number instanceof Double || number instanceof Float) {
      // A float is the shortest number that rounds to it, as its writer saw it.
      return PlainValues.real(Double.parseDouble(number.toString()));
    } else if (number instanceof BigDecimal decimal) {
      return decimal.stripTrailingZeros().scale() <= 0
          ? number(decimal.toBigIntegerExact())
          : (Object) decimal.doubleValue();
    } else if (number instanceof BigInteger integer) {
      return integer.bitLength() < Long.SIZE ? (Object) integer.longValue() : integer;
    }
    return number.longValue();
  }
}
