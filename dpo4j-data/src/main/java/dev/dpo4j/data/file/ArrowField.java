/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import com.google.flatbuffers.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.arrow.flatbuf.Date;
import org.apache.arrow.flatbuf.DateUnit;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Timestamp;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/**
 * A column of an Arrow schema, or a part of one.
 *
 * @param size bytes of a number or of an offset, elements of a list of fixed size, or ticks of a
 *     second
 */
record ArrowField(String name, Kind kind, int size, List<ArrowField> children) {
  /** How the values stand in their buffers. */
  enum Kind {
    NOTHING,
    BOOL,
    SIGNED,
    UNSIGNED,
    REAL,
    BYTES,
    TEXT,
    JSON,
    LIST,
    FIXED_LIST,
    STRUCT,
    MAP,
    DAY,
    TIME
  }

  /** What no schema of preference data comes near to; a damaged file may ask for more. */
  private static final int MOST_FIELDS = 10_000;

  private static final int DEEPEST = 100;

  /** Returns the columns of a schema. */
  static List<ArrowField> of(Schema schema) throws IOException {
    if (schema.endianness() != Endianness.Little) {
      throw new IOException("its numbers are big-endian; expected little-endian ones");
    }
    return new Reader().all(schema.fieldsLength(), schema::fields, "", 0);
  }

  /** Reads fields and those within them, as many as are sensible. */
  private static final class Reader {
    private int count;

    List<ArrowField> all(int length, IntFunction<Field> fields, String of, int deep)
        throws IOException {
      count += length;
      if (count > MOST_FIELDS || deep > DEEPEST) {
        throw new IOException(
            "it has more than %d columns, or some within %d others"
                .formatted(MOST_FIELDS, DEEPEST));
      }
      List<ArrowField> all = new ArrayList<>();
      for (int i = 0; i < length; i++) {
        all.add(one(fields.apply(i), of, deep));
      }
      return List.copyOf(all);
    }

    private ArrowField one(Field field, String of, int deep) throws IOException {
      String name = String.valueOf(field.name());
      String path = of.isEmpty() ? name : of + "." + name;
      Kind kind = field.dictionary() == null ? kind(field) : null;
      if (kind == null) {
        String type = field.dictionary() == null ? type(field) : "dictionary";
        throw new IOException(
            "the column \"%s\" has the type %s, which is not read; leave the column out, or write it as text"
                .formatted(path, type));
      }
      List<ArrowField> children = all(field.childrenLength(), field::children, path, deep + 1);
      if (!fits(kind, children)) {
        throw new IOException(
            "it is damaged: the column \"%s\" has the type %s and %d parts"
                .formatted(path, type(field), children.size()));
      }
      return new ArrowField(name, kind, size(field), children);
    }

    private static boolean fits(Kind kind, List<ArrowField> children) {
      return switch (kind) {
        case LIST, FIXED_LIST -> children.size() == 1;
        case MAP -> children.size() == 1 && children.get(0).children().size() == 2;
        case STRUCT -> true;
        default -> children.isEmpty();
      };
    }
  }

  private static @Nullable Kind kind(Field field) throws IOException {
    return switch (field.typeType()) {
      case Type.Null -> Kind.NOTHING;
      case Type.Bool -> Kind.BOOL;
      case Type.Int -> part(field, new Int()).isSigned() ? Kind.SIGNED : Kind.UNSIGNED;
      case Type.FloatingPoint ->
          part(field, new FloatingPoint()).precision() == Precision.HALF ? null : Kind.REAL;
      case Type.Binary, Type.LargeBinary -> Kind.BYTES;
      case Type.Utf8, Type.LargeUtf8 -> isJson(field) ? Kind.JSON : Kind.TEXT;
      case Type.List, Type.LargeList -> Kind.LIST;
      case Type.FixedSizeList -> Kind.FIXED_LIST;
      case Type.Struct_ -> Kind.STRUCT;
      case Type.Map -> Kind.MAP;
      case Type.Date -> Kind.DAY;
      case Type.Timestamp -> Kind.TIME;
      default -> null;
    };
  }

  private static int size(Field field) throws IOException {
    return switch (field.typeType()) {
      case Type.Int -> part(field, new Int()).bitWidth() / Byte.SIZE;
      case Type.FloatingPoint ->
          part(field, new FloatingPoint()).precision() == Precision.SINGLE
              ? Float.BYTES
              : Double.BYTES;
      case Type.LargeBinary, Type.LargeUtf8, Type.LargeList -> Long.BYTES;
      case Type.FixedSizeList -> part(field, new FixedSizeList()).listSize();
      case Type.Date -> part(field, new Date()).unit() == DateUnit.DAY ? Integer.BYTES : Long.BYTES;
      case Type.Timestamp -> (int) Math.pow(1_000, part(field, new Timestamp()).unit());
      default -> Integer.BYTES;
    };
  }

  private static String type(Field field) {
    return field.typeType() < Type.names.length ? Type.name(field.typeType()) : "?";
  }

  private static <T extends Table> T part(Field field, T type) throws IOException {
    if (field.type(type) == null) {
      throw new IOException("it is damaged: the type of \"%s\" is missing".formatted(field.name()));
    }
    return type;
  }

  private static boolean isJson(Field field) {
    for (int i = 0; i < field.customMetadataLength(); i++) {
      KeyValue pair = field.customMetadata(i);
      if ("ARROW:extension:name".equals(pair.key()) && "arrow.json".equals(pair.value())) {
        return true;
      }
    }
    return false;
  }
}
