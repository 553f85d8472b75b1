/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import dev.dpo4j.io.ParserText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Turns JSON into plain values: null, Boolean, Long, BigInteger, Double, String, List and Map (in
 * file order).
 *
 * <p>Strict where Python is lenient: a key that stands twice in an object, NaN, and text with
 * unpaired surrogates are refused. Depth and size are bounded, so that no input can exhaust the
 * stack or the heap.
 */
public final class JsonRows {
  /** The most characters of one row; a pair of this size has no place in any model's context. */
  public static final int MAX_ROW_CHARS = 64 * 1024 * 1024;

  private static final int MAX_DEPTH = 200;

  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(MAX_ROW_CHARS)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private JsonRows() {}

  /**
   * Parses a text that holds one value and nothing else.
   *
   * @throws RowFault if it is not JSON
   */
  public static @Nullable Object parse(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == null) {
        throw new RowFault("is not JSON: it is empty");
      }
      Object value = value(parser, 0);
      if (parser.nextToken() != null) {
        throw new RowFault("is not JSON: something follows the first value");
      }
      return value;
    } catch (JacksonException e) {
      throw new RowFault("is not JSON: " + describe(e));
    }
  }

  /** Builds the value whose first token the parser stands on. */
  public static @Nullable Object value(JsonParser parser, long rowStart) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, rowStart);
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser, rowStart));
        }
        yield list;
      }
      case VALUE_STRING -> text(parser.getString());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new RowFault("is not JSON: unexpected " + parser.currentToken());
    };
  }

  private static Map<String, @Nullable Object> object(JsonParser parser, long rowStart) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = text(parser.currentName());
      parser.nextToken();
      map.put(name, value(parser, rowStart));
      if (parser.currentLocation().getCharOffset() - rowStart > MAX_ROW_CHARS) {
        throw tooLong();
      }
    }
    return map;
  }

  private static Object integer(JsonParser parser) {
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? parser.getBigIntegerValue()
        : (Object) parser.getLongValue();
  }

  private static String text(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
          throw new RowFault(
              "holds the unpaired surrogate \\u%04x, which is not a character. Write the character itself, or both halves of the pair."
                  .formatted((int) text.charAt(i)));
        }
        i++;
      }
    }
    return text;
  }

  public static RowFault tooLong() {
    return new RowFault(
        "is longer than %d MiB; a row must be shorter. Is the file one JSON value without line ends?"
            .formatted(MAX_ROW_CHARS >> 20));
  }

  /** Jackson's message without its advice about its own settings. */
  public static String describe(JacksonException e) {
    String message = ParserText.plain(e.getOriginalMessage());
    int column = e.getLocation() == null ? -1 : e.getLocation().getColumnNr();
    return message + (column > 0 ? " (column " + column + ")" : "");
  }
}
