/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/** Schemas of all supported keywords, by chance. */
final class RandomSchemas {
  private static final List<String> NAMES =
      List.of("a", "ab", "name", "\"", "窗", "x y", "b\\c", "");

  private RandomSchemas() {}

  static String next(Random random) {
    Map<String, Object> root = new LinkedHashMap<>(schema(random, 3));
    Map<String, Object> definitions = new LinkedHashMap<>();
    for (int i = 0; i < 3; i++) {
      definitions.put("d" + i, schema(random, 2));
    }
    root.put("$defs", definitions);
    root.put("description", "made by chance");
    return new JsonMapper().writeValueAsString(root);
  }

  private static Map<String, Object> schema(Random random, int depth) {
    Map<String, Object> schema = new LinkedHashMap<>();
    switch (random.nextInt(depth > 0 ? 12 : 6)) {
      case 0 -> schema.put("type", "string");
      case 1 -> schema.put("type", random.nextBoolean() ? "number" : "integer");
      case 2 -> schema.put("type", random.nextBoolean() ? "boolean" : "null");
      case 3 ->
          schema.put("enum", List.of("a", 12, 1, -0.5, true, List.of(1, "b"), Map.of("k", "窗\n")));
      case 4 -> schema.put("type", List.of("integer", "null", "string"));
      case 5 -> schema.put("$ref", random.nextInt(4) == 0 ? "#" : "#/$defs/d" + random.nextInt(3));
      case 6, 7 -> array(schema, random, depth);
      case 8 -> {
        List<Object> options = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
          options.add(schema(random, depth - 1));
        }
        schema.put("anyOf", options);
      }
      default -> object(schema, random, depth);
    }
    return schema;
  }

  private static void array(Map<String, Object> schema, Random random, int depth) {
    if (random.nextInt(4) > 0) {
      schema.put("type", "array");
    }
    if (random.nextInt(5) > 0) {
      schema.put("items", schema(random, depth - 1));
    }
    int min = random.nextInt(3);
    if (random.nextBoolean()) {
      schema.put("minItems", min);
    }
    if (random.nextBoolean() || schema.isEmpty()) {
      schema.put("maxItems", min + random.nextInt(3));
    }
  }

  private static void object(Map<String, Object> schema, Random random, int depth) {
    schema.put("type", "object");
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (String name : NAMES) {
      if (random.nextInt(3) == 0) {
        properties.put(name, schema(random, depth - 1));
      }
      if (random.nextInt(5) == 0) {
        required.add(name);
      }
    }
    if (random.nextInt(5) > 0) {
      schema.put("properties", properties);
    }
    if (random.nextBoolean()) {
      schema.put("required", required);
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.put("additionalProperties", false);
      case 1 -> schema.put("additionalProperties", true);
      case 2 -> schema.put("additionalProperties", schema(random, depth - 1));
      default -> {}
    }
  }
}
