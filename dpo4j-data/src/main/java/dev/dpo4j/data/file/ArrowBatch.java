/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.JsonRows;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of an Arrow file, which stand column by column in one block of bytes. Values come as
 * they do from Parquet: a field of a struct that is null is absent, NaN is null.
 */
final class ArrowBatch {
  private static final int SECONDS_OF_DAY = 86_400;
  private static final int MILLIS = 1_000;
  private static final int NANOS = 1_000_000_000;

  private final RecordBatch header;
  private final ByteBuffer body;
  private final PlainValues plain;
  private final List<ArrowField> fields;
  private final List<Column> columns;
  private final int rows;
  private int nodes;
  private int buffers;

  /** The values of a column, null where a bit of {@code valid} is 0. */
  private record Column(
      int length, @Nullable ByteBuffer valid, IntFunction<@Nullable Object> values) {
    @Nullable Object at(int row) {
      Objects.checkIndex(row, length);
      return valid == null || bit(valid, row) ? values.apply(row) : null;
    }
  }

  /**
   * Finds the columns of a batch in its bytes.
   *
   * @throws IOException if the batch is packed, or its columns do not fit together
   * @throws IndexOutOfBoundsException or {@link ArithmeticException} if it is damaged otherwise
   */
  ArrowBatch(List<ArrowField> fields, RecordBatch header, byte[] body, PlainValues plain)
      throws IOException {
    this.fields = fields;
    this.header = header;
    this.body = ByteBuffer.wrap(body);
    this.plain = plain;
    this.rows = Math.toIntExact(header.length());
    if (header.compression() != null) {
      throw new IOException(
          "its columns are compressed one by one, which is not read; write it uncompressed, or as Parquet");
    }
    this.columns = columns(fields);
    for (Column column : columns) {
      if (column.length() != rows) {
        throw new IOException(
            "it is damaged: a column has %d rows where there are %d"
                .formatted(column.length(), rows));
      }
    }
  }

  int rows() {
    return rows;
  }

  /**
   * Returns a row.
   *
   * @throws dev.dpo4j.data.row.RowFault if it is too long, or a column of JSON holds none
   */
  Map<String, @Nullable Object> row(int row) {
    plain.nextRow();
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      values.put(fields.get(i).name(), columns.get(i).at(row));
    }
    return values;
  }

  private List<Column> columns(List<ArrowField> of) {
    List<Column> found = new ArrayList<>();
    for (ArrowField field : of) {
      found.add(column(field));
    }
    return found;
  }

  private Column column(ArrowField field) {
    FieldNode node = header.nodes(Objects.checkIndex(nodes++, header.nodesLength()));
    int length = Math.toIntExact(node.length());
    if (field.kind() == ArrowField.Kind.NOTHING) {
      return new Column(length, null, row -> null);
    }
    ByteBuffer valid = buffer();
    return new Column(length, valid.capacity() == 0 ? null : valid, values(field));
  }

  private IntFunction<@Nullable Object> values(ArrowField field) {
    int size = field.size();
    return switch (field.kind()) {
      case NOTHING -> row -> null;
      case STRUCT -> struct(field);
      case LIST, MAP -> list(field);
      case FIXED_LIST -> {
        Column element = column(field.children().get(0));
        yield row -> elements(element, (long) row * size, (row + 1L) * size);
      }
      case BYTES, TEXT, JSON -> text(field);
      case BOOL -> {
        ByteBuffer bits = buffer();
        yield row -> bit(bits, row);
      }
      default -> {
        ByteBuffer numbers = buffer();
        yield row -> number(field, numbers, row);
      }
    };
  }

  private IntFunction<@Nullable Object> struct(ArrowField field) {
    List<ArrowField> parts = field.children();
    List<Column> values = columns(parts);
    return row -> {
      Map<String, @Nullable Object> present = new LinkedHashMap<>();
      for (int i = 0; i < parts.size(); i++) {
        Object value = values.get(i).at(row);
        if (value != null) {
          present.put(parts.get(i).name(), value);
        }
      }
      return present;
    };
  }

  private IntFunction<@Nullable Object> list(ArrowField field) {
    ByteBuffer offsets = buffer();
    ArrowField within = field.children().get(0);
    Column element = column(within);
    return row -> {
      List<@Nullable Object> list =
          elements(
              element,
              integer(offsets, field.size(), row),
              integer(offsets, field.size(), row + 1));
      return field.kind() == ArrowField.Kind.MAP ? entries(within, list) : list;
    };
  }

  private static Map<String, @Nullable Object> entries(
      ArrowField entry, List<@Nullable Object> list) {
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    for (Object pair : list) {
      if (pair instanceof Map<?, ?> values) {
        entries.put(
            String.valueOf(values.get(entry.children().get(0).name())),
            values.get(entry.children().get(1).name()));
      }
    }
    return entries;
  }

  private List<@Nullable Object> elements(Column column, long start, long end) {
    Objects.checkFromToIndex(start, end, (long) column.length());
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = (int) start; i < end; i++) {
      plain.count(1);
      list.add(column.at(i));
    }
    return list;
  }

  private IntFunction<@Nullable Object> text(ArrowField field) {
    ByteBuffer offsets = buffer();
    ByteBuffer bytes = buffer();
    return row -> {
      int start = Math.toIntExact(integer(offsets, field.size(), row));
      int end = Math.toIntExact(integer(offsets, field.size(), row + 1));
      Object text = plain.bytes(bytes.slice(start, end - start));
      return field.kind() == ArrowField.Kind.JSON && text instanceof String json
          ? JsonRows.parse(json)
          : text;
    };
  }

  private static @Nullable Object number(ArrowField field, ByteBuffer values, int row) {
    int size = field.size();
    return switch (field.kind()) {
      case REAL ->
          size == Float.BYTES
              // The shortest number that rounds to it, as its writer saw it.
              ? PlainValues.real(
                  Double.parseDouble(Float.toString(values.getFloat(place(size, row)))))
              : PlainValues.real(values.getDouble(place(size, row)));
      case UNSIGNED -> unsigned(integer(values, size, row), size);
      case DAY -> {
        long days = integer(values, size, row);
        yield LocalDate.ofEpochDay(
                size == Integer.BYTES ? days : Math.floorDiv(days, (long) SECONDS_OF_DAY * MILLIS))
            .toString();
      }
      case TIME -> {
        long time = integer(values, Long.BYTES, row);
        yield LocalDateTime.ofEpochSecond(
                Math.floorDiv(time, (long) size),
                (int) Math.floorMod(time, (long) size) * (NANOS / size),
                ZoneOffset.UTC)
            .toString();
      }
      default -> integer(values, size, row);
    };
  }

  private static Object unsigned(long value, int size) {
    if (size < Long.BYTES) {
      return value & ((1L << (size * Byte.SIZE)) - 1);
    }
    return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
  }

  private static long integer(ByteBuffer values, int size, int row) {
    int place = place(size, row);
    return switch (size) {
      case Byte.BYTES -> values.get(place);
      case Short.BYTES -> values.getShort(place);
      case Integer.BYTES -> values.getInt(place);
      default -> values.getLong(place);
    };
  }

  private static int place(int size, int row) {
    return Math.multiplyExact(size, row);
  }

  private static boolean bit(ByteBuffer bits, int row) {
    return ((bits.get(row / Byte.SIZE) >> (row % Byte.SIZE)) & 1) == 1;
  }

  private ByteBuffer buffer() {
    Buffer place = header.buffers(Objects.checkIndex(buffers++, header.buffersLength()));
    return body.slice(Math.toIntExact(place.offset()), Math.toIntExact(place.length()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
