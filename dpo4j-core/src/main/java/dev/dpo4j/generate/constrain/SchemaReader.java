/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

import dev.dpo4j.generate.constrain.Shape.Array;
import dev.dpo4j.generate.constrain.Shape.Fields;
import dev.dpo4j.generate.constrain.Shape.Later;
import dev.dpo4j.generate.constrain.Shape.Literals;
import dev.dpo4j.generate.constrain.Shape.Numeric;
import dev.dpo4j.generate.constrain.Shape.Property;
import dev.dpo4j.generate.constrain.Shape.Text;
import dev.dpo4j.generate.constrain.Shape.Union;
import dev.dpo4j.io.ParserText;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.StringNode;

/** Turns a JSON schema into a shape, and refuses by name what an answer could not be held to. */
final class SchemaReader {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** Says something to people and nothing about the value. */
  private static final Set<String> REMARKS =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly");

  private static final Set<String> OF_OBJECTS =
      Set.of("properties", "required", "additionalProperties");
  private static final Set<String> OF_ARRAYS = Set.of("items", "minItems", "maxItems");
  private static final Set<String> OTHERS = Set.of("type", "enum", "anyOf", "$ref");

  /** How deep lists and objects lie in one another where the schema says nothing of them. */
  private static final int DEPTH = 12;

  private static final Set<String> TYPES =
      Set.of("object", "array", "string", "number", "integer", "boolean", "null");

  private final JsonNode root;
  private final IdentityHashMap<JsonNode, Later> known = new IdentityHashMap<>();
  private final List<Shape> all = new ArrayList<>();
  private final Map<Integer, Shape> any = new HashMap<>();

  private SchemaReader(JsonNode root) {
    this.root = root;
  }

  /** The shape of any JSON object. */
  static Shape object() {
    SchemaReader reader = new SchemaReader(JSON.createObjectNode());
    Shape shape = reader.keep(new Fields(List.of(), reader.any(DEPTH)));
    reader.settle();
    return shape;
  }

  /**
   * Reads a schema.
   *
   * @throws SchemaException if it is none, or names a keyword that is not supported, or no value
   *     can be valid
   */
  static Shape read(String schema) {
    JsonNode root;
    try {
      root = JSON.readTree(schema);
    } catch (JacksonException e) {
      throw new SchemaException("", "it is not JSON: " + ParserText.plain(e.getOriginalMessage()));
    }
    SchemaReader reader = new SchemaReader(root);
    Shape shape = reader.shape(root, "");
    Set<Shape> sound = new HashSet<>();
    reader.all.forEach(each -> refuseCircle(each, new HashSet<>(), sound));
    reader.settle();
    if (!shape.finite()) {
      throw new SchemaException("", "no value can be valid");
    }
    return shape;
  }

  /** Refuses what is said to be itself, with no list or object in between. */
  private static void refuseCircle(Shape shape, Set<Shape> path, Set<Shape> sound) {
    if (sound.contains(shape)) {
      return;
    }
    if (!path.add(shape)) {
      throw new SchemaException("", "a $ref leads back to itself with no value in between");
    }
    if (shape instanceof Union union) {
      union.options.forEach(option -> refuseCircle(option, path, sound));
    } else if (shape instanceof Later later) {
      refuseCircle(later.target(), path, sound);
    }
    path.remove(shape);
    sound.add(shape);
  }

  private void settle() {
    boolean news = true;
    while (news) {
      news = false;
      for (Shape shape : all) {
        news |= shape.settle();
      }
    }
  }

  private <S extends Shape> S keep(S shape) {
    all.add(shape);
    return shape;
  }

  private Shape shape(JsonNode node, String place) {
    if (node.isBoolean()) {
      return node.booleanValue() ? any(DEPTH) : keep(new Union(List.of()));
    }
    if (!node.isObject()) {
      throw new SchemaException(place, "found " + shorten(node) + ", expected a schema");
    }
    Later later = known.get(node);
    if (later == null) {
      later = keep(new Later());
      known.put(node, later);
      later.become(read(node, place));
    }
    return later;
  }

  private Shape read(JsonNode node, String place) {
    Set<String> keys = new LinkedHashSet<>(node.propertyNames());
    keys.removeAll(REMARKS);
    for (String key : keys) {
      if (!OTHERS.contains(key) && !OF_OBJECTS.contains(key) && !OF_ARRAYS.contains(key)) {
        throw new SchemaException(
            place,
            "the keyword \"%s\" is not supported; supported are type, enum, anyOf, $ref, properties, required, additionalProperties, items, minItems and maxItems"
                .formatted(key));
      }
    }
    if (keys.contains("$ref")) {
      alone("$ref", keys, Set.of(), place);
      return shape(target(node.get("$ref"), place), String.valueOf(node.get("$ref")));
    }
    if (keys.contains("anyOf")) {
      alone("anyOf", keys, Set.of(), place);
      return union(node.get("anyOf"), place);
    }
    if (keys.contains("enum")) {
      alone("enum", keys, Set.of("type"), place);
      return literals(node, place);
    }
    List<Shape> options = new ArrayList<>();
    for (String type : types(node, keys, place)) {
      options.add(ofType(type, node, place));
    }
    return keep(new Union(options));
  }

  private static void alone(String key, Set<String> keys, Set<String> allowed, String place) {
    for (String other : keys) {
      if (!other.equals(key) && !allowed.contains(other)) {
        throw new SchemaException(
            place, "the keyword \"%s\" is not supported beside \"%s\"".formatted(other, key));
      }
    }
  }

  private Shape union(JsonNode options, String place) {
    if (!options.isArray() || options.isEmpty()) {
      throw new SchemaException(place + "/anyOf", "expected a list of schemas");
    }
    List<Shape> shapes = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      shapes.add(shape(options.get(i), place + "/anyOf/" + i));
    }
    return keep(new Union(shapes));
  }

  private Shape literals(JsonNode node, String place) {
    JsonNode values = node.get("enum");
    if (!values.isArray() || values.isEmpty()) {
      throw new SchemaException(place + "/enum", "expected a list of values");
    }
    Set<String> types =
        node.has("type") ? new LinkedHashSet<>(types(node, Set.of(), place)) : TYPES;
    List<byte[]> texts = new ArrayList<>();
    for (JsonNode value : values) {
      if (types.contains(type(value))
          || (types.contains("number") && value.isNumber())
          || (types.contains("integer") && isWhole(value))) {
        texts.add(Place.utf8(JSON.writeValueAsString(value)));
      }
    }
    return keep(new Literals(texts));
  }

  private static boolean isWhole(JsonNode value) {
    return value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
  }

  private static String type(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case STRING, BINARY -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case NULL, MISSING -> "null";
    };
  }

  private static List<String> types(JsonNode node, Set<String> keys, String place) {
    JsonNode type = node.get("type");
    if (type == null) {
      // A keyword of objects says nothing of other values; objects are what its author thinks of.
      return keys.stream().anyMatch(OF_OBJECTS::contains)
          ? List.of("object")
          : keys.stream().anyMatch(OF_ARRAYS::contains) ? List.of("array") : List.of("any");
    }
    List<String> names = new ArrayList<>();
    for (JsonNode name : type.isArray() ? type : List.of(type)) {
      if (!name.isString() || !TYPES.contains(name.stringValue())) {
        throw new SchemaException(
            place + "/type",
            "found %s, expected object, array, string, number, integer, boolean or null"
                .formatted(shorten(name)));
      }
      names.add(name.stringValue());
    }
    return names;
  }

  private Shape ofType(String type, JsonNode node, String place) {
    return switch (type) {
      case "object" -> fields(node, place);
      case "array" -> array(node, place);
      case "string" -> keep(new Text());
      case "number" -> keep(new Numeric(false));
      case "integer" -> keep(new Numeric(true));
      case "boolean" -> keep(new Literals(List.of(Place.utf8("true"), Place.utf8("false"))));
      case "null" -> keep(new Literals(List.of(Place.utf8("null"))));
      default -> any(DEPTH);
    };
  }

  private Shape array(JsonNode node, String place) {
    JsonNode items = node.get("items");
    Shape shape = items == null ? any(DEPTH) : shape(items, place + "/items");
    int min = count(node, "minItems", 0, place);
    int max = count(node, "maxItems", Integer.MAX_VALUE, place);
    return keep(new Array(shape, min, max));
  }

  private static int count(JsonNode node, String key, int absent, String place) {
    JsonNode value = node.get(key);
    if (value == null) {
      return absent;
    }
    if (!isWhole(value) || value.doubleValue() < 0 || value.doubleValue() > 100_000) {
      throw new SchemaException(
          place + "/" + key, "found %s, expected a number from 0 to 100000".formatted(value));
    }
    return (int) value.doubleValue();
  }

  private Shape fields(JsonNode node, String place) {
    Shape additional = additional(node, place);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    JsonNode properties = node.get("properties");
    if (properties != null) {
      if (!properties.isObject()) {
        throw new SchemaException(place + "/properties", "expected an object of schemas");
      }
      for (String name : properties.propertyNames()) {
        shapes.put(name, shape(properties.get(name), place + "/properties/" + name));
      }
    }
    Set<String> required = new LinkedHashSet<>();
    JsonNode names = node.get("required");
    for (JsonNode name : names == null ? List.<JsonNode>of() : names) {
      required.add(name.asString());
    }
    if (names != null && !names.isArray()) {
      throw new SchemaException(place + "/required", "expected a list of names");
    }
    Shape unnamed = additional == null && !forbids(node) ? any(DEPTH) : additional;
    for (String name : required) {
      shapes.putIfAbsent(name, unnamed == null ? keep(new Union(List.of())) : unnamed);
    }
    List<Property> list = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          byte[] written = Place.utf8(JSON.writeValueAsString(StringNode.valueOf(name)));
          list.add(new Property(Place.utf8(name), written, shape, required.contains(name)));
        });
    return keep(new Fields(list, additional));
  }

  private static boolean forbids(JsonNode node) {
    JsonNode value = node.get("additionalProperties");
    return value != null && value.isBoolean() && !value.booleanValue();
  }

  /** Where the schema names properties and says nothing of others, there are no others. */
  private @Nullable Shape additional(JsonNode node, String place) {
    JsonNode value = node.get("additionalProperties");
    if (value == null) {
      return node.has("properties") ? null : any(DEPTH);
    }
    return forbids(node) ? null : shape(value, place + "/additionalProperties");
  }

  /** Any value, with lists and objects that lie at most so deep. */
  private Shape any(int depth) {
    Shape present = any.get(depth);
    if (present != null) {
      return present;
    }
    List<Shape> options = new ArrayList<>();
    options.add(keep(new Text()));
    options.add(keep(new Numeric(false)));
    options.add(
        keep(new Literals(List.of(Place.utf8("true"), Place.utf8("false"), Place.utf8("null")))));
    if (depth > 0) {
      Shape inner = any(depth - 1);
      options.add(keep(new Array(inner, 0, Integer.MAX_VALUE)));
      options.add(keep(new Fields(List.of(), inner)));
    }
    Shape made = keep(new Union(options));
    any.put(depth, made);
    return made;
  }

  /** What a reference points to: the root, or a place in it. */
  private JsonNode target(JsonNode reference, String place) {
    String text = reference.isString() ? reference.stringValue() : "";
    if (!text.startsWith("#")) {
      throw new SchemaException(
          place + "/$ref",
          "found %s, expected a place in the same schema, such as \"#/$defs/name\""
              .formatted(shorten(reference)));
    }
    JsonNode at = root;
    String pointer =
        URLDecoder.decode(text.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
    // Before the first slash there is nothing.
    for (String step : Arrays.stream(pointer.split("/", -1)).skip(1).toList()) {
      String name = step.replace("~1", "/").replace("~0", "~");
      JsonNode next =
          at.isArray() && name.matches("\\d{1,6}") ? at.get(Integer.parseInt(name)) : at.get(name);
      if (next == null) {
        throw new SchemaException(place + "/$ref", "nothing is at " + text);
      }
      at = next;
    }
    return at;
  }

  private static String shorten(JsonNode node) {
    String text = node.toString();
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }
}
