/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the rotary embedding in a config.json of any generation: {@code rope_theta} with {@code
 * rope_scaling} (transformers 4, {@code type} or {@code rope_type}), {@code rope_parameters}
 * (transformers 5), or the latter once per layer type. As in transformers, {@code rope_scaling}
 * wins over {@code rope_parameters}, and a theta inside over one outside.
 */
final class RopeReader {
  private static final Logger LOG = LoggerFactory.getLogger(RopeReader.class);
  private static final double DEFAULT_THETA = 10_000;
  private static final String TYPES = "default, linear, llama3, yarn";
  private static final Set<String> COMMON =
      Set.of("rope_theta", "rope_type", "type", "partial_rotary_factor");
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "default",
          Set.of(),
          "linear",
          Set.of("factor"),
          "llama3",
          Set.of(
              "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
          "yarn",
          Set.of(
              "factor",
              "original_max_position_embeddings",
              "attention_factor",
              "beta_fast",
              "beta_slow",
              "mscale",
              "mscale_all_dim",
              "truncate"));

  private final JsonFields config;
  private final String source;
  private final int maxPositionEmbeddings;

  RopeReader(JsonFields config, String source, int maxPositionEmbeddings) {
    this.config = config;
    this.source = source;
    this.maxPositionEmbeddings = maxPositionEmbeddings;
  }

  /**
   * Reads the embedding; after a fault the result is any.
   *
   * @param layerTypes the types of attention that occur in the model
   */
  RopeConfig read(Set<String> layerTypes) {
    double theta = config.positive("rope_theta", DEFAULT_THETA);
    checkPartial(config);
    String field = "rope_scaling";
    JsonFields rope = config.object(field);
    if (rope == null || rope.set().isEmpty()) {
      field = "rope_parameters";
      rope = config.object(field);
    }
    if (rope == null) {
      return new RopeConfig.Default(theta);
    }
    if (rope.get("full_attention") == null && rope.get("sliding_attention") == null) {
      return readFlat(rope, theta);
    }
    return readNested(field, rope, layerTypes, theta);
  }

  private RopeConfig readNested(
      String field, JsonFields nested, Set<String> layerTypes, double theta) {
    Map<String, RopeConfig> byType = new TreeMap<>();
    for (String layerType : layerTypes) {
      JsonFields rope = nested.object(layerType);
      if (rope == null) {
        nested.fault(layerType, "nothing", "the rotary embedding of the layers of this type");
      } else {
        byType.put(layerType, readFlat(rope, theta));
      }
    }
    if (new HashSet<>(byType.values()).size() > 1) {
      config.fault(
          field, "different embeddings " + byType, "the same embedding for all types of layers");
    }
    return byType.isEmpty() ? new RopeConfig.Default(theta) : byType.values().iterator().next();
  }

  private RopeConfig readFlat(JsonFields rope, double outerTheta) {
    double theta = rope.positive("rope_theta", outerTheta);
    checkPartial(rope);
    String field = rope.get("rope_type") != null ? "rope_type" : "type";
    String type = rope.text(field);
    if (type == null) {
      type = "default";
    }
    Set<String> known = FIELDS.get(type);
    if (known == null) {
      rope.fault(field, "\"" + type + "\"", "one of " + TYPES);
      return new RopeConfig.Default(theta);
    }
    reportUnused(rope, type, known);
    return switch (type) {
      case "linear" -> new RopeConfig.Linear(theta, factor(rope));
      case "llama3" -> readLlama3(rope, theta);
      case "yarn" -> readYarn(rope, theta);
      default -> new RopeConfig.Default(theta);
    };
  }

  private RopeConfig readLlama3(JsonFields rope, double theta) {
    double factor = factor(rope);
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (high <= low) {
      rope.fault("high_freq_factor", high, "more than low_freq_factor, " + low);
    }
    return new RopeConfig.Llama3(theta, factor, low, high, originalLength(rope));
  }

  private RopeConfig readYarn(JsonFields rope, double theta) {
    double original = originalLength(rope);
    // A factor given as null is the ratio of the lengths; one that is not there is a fault.
    double factor =
        rope.names("factor") && rope.get("factor") == null
            ? maxPositionEmbeddings / original
            : factor(rope);
    if (theta == 1) {
      rope.fault("rope_theta", theta, "another base than 1 for yarn");
    }
    return new RopeConfig.Yarn(
        theta,
        factor,
        original,
        rope.positiveOrNull("attention_factor"),
        orDefault(rope, "beta_fast", 32),
        orDefault(rope, "beta_slow", 1),
        rope.zeroOrMore("mscale"),
        rope.zeroOrMore("mscale_all_dim"),
        rope.flag("truncate", true));
  }

  /** Zero counts as not given, as in transformers. */
  private static double orDefault(JsonFields rope, String field, double absent) {
    Double value = rope.zeroOrMore(field);
    return value == null || value == 0 ? absent : value;
  }

  private static double factor(JsonFields rope) {
    return required(rope, "factor");
  }

  private static double required(JsonFields rope, String field) {
    Double value = rope.positiveOrNull(field);
    if (value == null && rope.get(field) == null) {
      rope.fault(field, "nothing", "a number, which this rope_type needs");
    }
    return value == null ? 1 : value;
  }

  /**
   * The length before it was extended: outside the object first, then inside, then the full one.
   */
  private double originalLength(JsonFields rope) {
    String field = "original_max_position_embeddings";
    Double outer = config.positiveOrNull(field);
    return outer != null ? outer : rope.positive(field, maxPositionEmbeddings);
  }

  private static void checkPartial(JsonFields fields) {
    Double value = fields.positiveOrNull("partial_rotary_factor");
    if (value != null && value != 1) {
      fields.fault("partial_rotary_factor", value, "1 (only whole heads are rotated)");
    }
  }

  private void reportUnused(JsonFields rope, String type, Set<String> known) {
    Set<String> unused = new TreeSet<>(rope.set().keySet());
    unused.removeAll(COMMON);
    unused.removeAll(known);
    if (!unused.isEmpty()) {
      LOG.warn("{}: rope_type {} has no use for {}", source, type, List.copyOf(unused));
    }
  }
}
