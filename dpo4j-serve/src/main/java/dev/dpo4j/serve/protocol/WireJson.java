/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import dev.dpo4j.io.ParserText;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads and writes JSON. */
public final class WireJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private WireJson() {}

  /** Writes maps, lists, texts and numbers. */
  public static String write(@Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** Reads a text, or returns null where it is not JSON. */
  static @Nullable JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException | StackOverflowError e) {
      return null;
    }
  }

  /**
   * Reads the body of a request.
   *
   * @throws ApiException if it is not a JSON object
   */
  static Fields body(String text) {
    JsonNode node;
    try {
      node = MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw ApiException.invalid(
          null,
          "The request's body is not valid JSON: " + ParserText.plain(e.getOriginalMessage()));
    }
    if (node == null || !node.isObject()) {
      throw ApiException.invalid(null, "The request's body must be a JSON object.");
    }
    return new Fields(node, "");
  }

  /** What a node holds, as maps, lists, texts and numbers. */
  static @Nullable Object plain(JsonNode node) {
    return MAPPER.convertValue(node, Object.class);
  }

  /** The fields of an object, as maps, lists, texts and numbers. */
  static Map<String, @Nullable Object> plainFields(JsonNode node) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      fields.put(field.getKey(), plain(field.getValue()));
    }
    return fields;
  }
}
