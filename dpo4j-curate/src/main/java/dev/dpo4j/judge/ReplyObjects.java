/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import dev.dpo4j.judge.endpoint.InvalidReplyException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds the JSON objects in what a model replied. */
final class ReplyObjects {
  /** Each brace may open an object, so that a text of braces takes the square of its length. */
  private static final long MOST_CHARS = 10_000_000;

  private static final int MOST_OBJECTS = 10_000;

  /** Models write JSON as people do; what is meant is clear all the same. */
  private static final JsonMapper LENIENT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                  .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                  .enable(JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES)
                  .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
                  .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                  .build())
          .build();

  private ReplyObjects() {}

  /** The JSON objects that stand in a text and not inside of each other. */
  static List<JsonNode> in(String text) {
    List<JsonNode> objects = new ArrayList<>();
    long read = 0;
    int at = text.indexOf('{');
    while (at >= 0) {
      int end = closing(text, at);
      read += (end < 0 ? text.length() : end) - at;
      if (read > MOST_CHARS || objects.size() > MOST_OBJECTS) {
        throw new InvalidReplyException("the reply has too many braces to be read");
      }
      if (end < 0) {
        break;
      }
      try {
        objects.add(LENIENT.readTree(text.substring(at, end + 1)));
        at = text.indexOf('{', end + 1);
      } catch (JacksonException e) {
        at = text.indexOf('{', at + 1);
      }
    }
    return objects;
  }

  /** The brace that closes the one at {@code from}, or -1. */
  private static int closing(String text, int from) {
    int depth = 0;
    boolean quoted = false;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '{') {
        depth++;
      } else if (!quoted && c == '}' && --depth == 0) {
        return i;
      }
    }
    return -1;
  }
}
