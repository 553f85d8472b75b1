/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.RopeRules;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
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
  private static final String FULL = LayerTypes.FULL;
  private static final String SLIDING = LayerTypes.SLIDING;
  private static final String LONGROPE = "longrope";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String LENGTH = "original_max_position_embeddings";
  private static final Set<String> COMMON =
      Set.of("rope_theta", "rope_type", "type", "partial_rotary_factor");
  private static final Map<String, Set<String>> FIELDS =
      Map.of(
          "default",
          Set.of(),
          "linear",
          Set.of("factor"),
          "dynamic",
          Set.of("factor", "alpha"),
          LONGROPE,
          Set.of("short_factor", "long_factor", "factor", "attention_factor", LENGTH),
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
  private final RopeRules rules;
  private final int maxPositionEmbeddings;
  private double partial = 1;

  RopeReader(JsonFields config, String source, RopeRules rules, int maxPositionEmbeddings) {
    this.config = config;
    this.source = source;
    this.rules = rules;
    this.maxPositionEmbeddings = maxPositionEmbeddings;
  }

  /**
   * The embeddings of a model.
   *
   * @param full that of layers that see all positions
   * @param sliding that of layers with a window
   * @param partial share of a head that is rotated
   */
  record Ropes(RopeConfig full, RopeConfig sliding, double partial) {}

  /**
   * Reads the embeddings; after a fault the result is any.
   *
   * @param layerTypes the types of attention that occur in the model
   */
  Ropes read(Set<String> layerTypes) {
    Double given = partial(config);
    partial = given == null ? rules.partial() : given;
    if (rules.byLayerType()) {
      return readEach(layerTypes);
    }
    RopeConfig rope = readOne(layerTypes);
    return new Ropes(rope, rope, partial);
  }

  private @Nullable JsonFields filled(String field) {
    JsonFields rope = config.object(field);
    return rope == null || rope.set().isEmpty() ? null : rope;
  }

  private RopeConfig readOne(Set<String> layerTypes) {
    double theta = config.positive("rope_theta", rules.theta());
    String field = "rope_scaling";
    JsonFields rope = filled(field);
    if (rope == null) {
      field = "rope_parameters";
      rope = config.object(field);
    }
    if (rope == null) {
      return new RopeConfig.Default(theta);
    }
    if (rope.get(FULL) == null && rope.get(SLIDING) == null) {
      return readFlat(rope, theta);
    }
    return readNested(field, rope, layerTypes, theta);
  }

  /** As transformers does where layers with a window have an embedding of their own. */
  private Ropes readEach(Set<String> layerTypes) {
    JsonFields nested = config.object("rope_parameters");
    JsonFields inner = nested == null ? null : nested.object(FULL);
    double theta = config.positive("rope_theta", rules.theta());
    if (inner != null) {
      theta = inner.positive("rope_theta", theta);
    }
    JsonFields scaling = filled("rope_scaling");
    JsonFields full = scaling == null ? inner : scaling;
    double local = rules.localTheta();
    if (!rules.localThetaField().isEmpty()) {
      local = config.positive(rules.localThetaField(), local);
    }
    JsonFields sliding = nested == null ? null : nested.object(SLIDING);
    boolean anySliding = layerTypes.contains(SLIDING);
    return new Ropes(
        full == null ? new RopeConfig.Default(theta) : readFlat(full, theta),
        sliding == null || !anySliding ? new RopeConfig.Default(local) : readFlat(sliding, local),
        partial);
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
    Double inner = partial(rope);
    partial = inner == null ? partial : inner;
    String field = rope.get("rope_type") != null ? "rope_type" : "type";
    String type = type(rope.text(field));
    Set<String> known = FIELDS.get(type);
    boolean taken = rules.types().isEmpty() || rules.types().contains(type);
    if (known == null || !taken) {
      Set<String> all = rules.types().isEmpty() ? FIELDS.keySet() : rules.types();
      rope.fault(field, "\"" + type + "\"", "one of " + String.join(", ", new TreeSet<>(all)));
      return new RopeConfig.Default(theta);
    }
    reportUnused(rope, type, known);
    return switch (type) {
      case "linear" -> new RopeConfig.Linear(theta, factor(rope));
      case "dynamic" -> readDynamic(rope, theta);
      case "llama3" -> readLlama3(rope, theta);
      case "yarn" -> readYarn(rope, theta);
      case LONGROPE -> readLongRope(rope, theta);
      default -> new RopeConfig.Default(theta);
    };
  }

  private String type(@Nullable String given) {
    if (given == null) {
      return "default";
    }
    // Phi's first configurations call LongRoPE so.
    boolean phi = rules.types().contains(LONGROPE) && (given.equals("su") || given.equals("yarn"));
    return phi ? LONGROPE : given;
  }

  private RopeConfig readDynamic(JsonFields rope, double theta) {
    Double alpha = rope.positiveOrNull("alpha");
    return new RopeConfig.Dynamic(
        theta, rope.positive("factor", 1), alpha, (double) maxPositionEmbeddings);
  }

  private RopeConfig readLongRope(JsonFields rope, double theta) {
    double original =
        rules.originalLength() > 0
            ? config.positive(LENGTH, rules.originalLength())
            : originalLength(rope);
    Double factor = rope.positiveOrNull("factor");
    return new RopeConfig.LongRope(
        theta,
        factors(rope, "short_factor"),
        factors(rope, "long_factor"),
        factor == null ? maxPositionEmbeddings / original : factor,
        original,
        rope.positiveOrNull("attention_factor"));
  }

  private static List<Double> factors(JsonFields rope, String field) {
    List<Double> factors = rope.numbers(field);
    if (factors == null && rope.get(field) == null) {
      rope.fault(field, "nothing", "a list of numbers, which this rope_type needs");
    }
    return factors == null ? List.of() : factors;
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
    Double outer = config.positiveOrNull(LENGTH);
    return outer != null ? outer : rope.positive(LENGTH, maxPositionEmbeddings);
  }

  private @Nullable Double partial(JsonFields fields) {
    Double value = fields.positiveOrNull(PARTIAL);
    if (value != null && value != 1 && !rules.partialAllowed()) {
      fields.fault(PARTIAL, value, "1 (only whole heads are rotated in this family)");
      return null;
    }
    if (value != null && value > 1) {
      fields.fault(PARTIAL, value, "at most 1");
      return null;
    }
    return value;
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
