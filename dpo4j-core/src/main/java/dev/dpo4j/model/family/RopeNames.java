/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rotary embedding in a config.json: transformers 5 gathers it in {@code rope_parameters},
 * which version 4 passes over without a word and computes with its defaults.
 */
final class RopeNames {
  private static final String THETA = "rope_theta";
  private static final String LENGTH = "original_max_position_embeddings";

  private RopeNames() {}

  /** The fields under their old names that a configuration lacks; empty where it needs none. */
  static Map<String, JsonNode> old(ObjectNode config) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    if (config.path("rope_parameters") instanceof ObjectNode parameters) {
      JsonNode full = parameters.path("full_attention");
      add(config, full instanceof ObjectNode of ? of : parameters, fields);
      JsonNode local = parameters.path("sliding_attention").path(THETA);
      if (local.isNumber() && !config.has("rope_local_base_freq")) {
        fields.put("rope_local_base_freq", local);
      }
    }
    return fields;
  }

  private static void add(ObjectNode config, ObjectNode parameters, Map<String, JsonNode> fields) {
    JsonNode theta = parameters.path(THETA);
    if (theta.isNumber() && !config.has(THETA)) {
      fields.put(THETA, theta);
    }
    boolean scaled = !"default".equals(parameters.path("rope_type").asString("default"));
    if (scaled && !config.path("rope_scaling").isObject()) {
      ObjectNode scaling = parameters.deepCopy();
      scaling.remove(THETA);
      if ("longrope".equals(parameters.path("rope_type").asString(""))) {
        // Version 4 wants the kind and both lists of factors, and refuses any other field.
        scaling.set("type", scaling.remove("rope_type"));
        scaling.remove("partial_rotary_factor");
        JsonNode length = scaling.remove(LENGTH);
        if (length != null && !config.has(LENGTH)) {
          fields.put(LENGTH, length);
        }
      }
      fields.put("rope_scaling", scaling);
    }
    JsonNode share = parameters.path("partial_rotary_factor");
    if (share.isNumber() && !config.has("partial_rotary_factor")) {
      fields.put("partial_rotary_factor", share);
    }
  }
}
