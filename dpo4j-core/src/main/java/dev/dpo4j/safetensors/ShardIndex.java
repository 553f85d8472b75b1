/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.ParserText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The file {@code model.safetensors.index.json}: which shard holds which tensor. */
final class ShardIndex {
  private static final long MAX_BYTES = 100_000_000;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ShardIndex() {}

  /** Reads tensor name to shard file name; no shard can lie outside the index's folder. */
  static Map<String, String> read(Path index) {
    JsonNode root = parse(index);
    JsonNode map = root.get("weight_map");
    if (map == null || !map.isObject() || map.isEmpty()) {
      throw new SafetensorsException(
          index,
          "there is no \"weight_map\" object of tensor name to file name",
          SafetensorsException.FETCH_AGAIN);
    }
    Map<String, String> shards = new LinkedHashMap<>();
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      JsonNode file = entry.getValue();
      if (!file.isString() || !isPlainName(file.stringValue())) {
        faults.add("\"" + entry.getKey() + "\" -> " + file);
      } else {
        shards.put(entry.getKey(), file.stringValue());
      }
    }
    if (!faults.isEmpty()) {
      throw new SafetensorsException(
          index,
          "\"weight_map\" has shards that are not plain names of files in this folder: "
              + String.join(", ", faults),
          SafetensorsException.FETCH_AGAIN);
    }
    return shards;
  }

  /** The index as text, tensors sorted by name as other writers do. */
  static String format(Map<String, String> shards, long totalSize) {
    ObjectNode root = JSON.createObjectNode();
    root.putObject("metadata").put("total_size", totalSize);
    ObjectNode map = root.putObject("weight_map");
    new TreeMap<>(shards).forEach(map::put);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static JsonNode parse(Path index) {
    try {
      if (Files.size(index) > MAX_BYTES) {
        throw new SafetensorsException(
            index,
            "the index has more than " + MAX_BYTES + " bytes",
            SafetensorsException.FETCH_AGAIN);
      }
      return JSON.readTree(Files.readAllBytes(index));
    } catch (JacksonException e) {
      throw new SafetensorsException(
          index,
          "the index is not valid JSON: " + ParserText.plain(e.getOriginalMessage()),
          SafetensorsException.FETCH_AGAIN,
          e);
    } catch (IOException e) {
      throw new SafetensorsException(
          index, "the index cannot be read: " + e, "Check the path and its rights.", e);
    }
  }

  private static boolean isPlainName(String name) {
    return name.length() <= 255
        && !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
