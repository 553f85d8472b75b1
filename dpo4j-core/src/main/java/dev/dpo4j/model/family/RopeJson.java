/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rotary embedding as a config.json has it, under its old and its new names: each reader finds
 * the one it knows.
 */
final class RopeJson {
  private static final String THETA = "rope_theta";
  private static final String LENGTH = "original_max_position_embeddings";
  private static final String PARTIAL = "partial_rotary_factor";

  private RopeJson() {}

  static void put(ModelConfig config, Map<String, Object> fields) {
    RopeConfig rope = config.rope();
    Map<String, Object> scaling = of(rope);
    boolean nested = config.architecture().family().rope().byLayerType();
    if (nested && rope instanceof RopeConfig.LongRope longRope) {
      putLength(scaling, longRope.originalMaxPositionEmbeddings());
    }
    fields.put(THETA, rope.theta());
    if (!(rope instanceof RopeConfig.Default)) {
      fields.put("rope_scaling", scaling);
    }
    if (nested) {
      fields.put(
          "rope_parameters",
          Map.of(
              "full_attention",
              withTheta(rope),
              "sliding_attention",
              withTheta(config.slidingRope())));
      String local = config.architecture().family().rope().localThetaField();
      if (!local.isEmpty()) {
        fields.put(local, config.slidingRope().theta());
      }
      return;
    }
    Map<String, Object> parameters = withTheta(rope);
    if (config.architecture().family().rope().partialAllowed()) {
      double share = (double) config.rotaryDim() / config.headDim();
      fields.put(PARTIAL, share);
      parameters.put(PARTIAL, share);
    }
    if (rope instanceof RopeConfig.LongRope longRope) {
      putLength(fields, longRope.originalMaxPositionEmbeddings());
    }
    fields.put("rope_parameters", parameters);
  }

  private static Map<String, Object> withTheta(RopeConfig rope) {
    Map<String, Object> parameters = of(rope);
    parameters.put(THETA, rope.theta());
    return parameters;
  }

  private static Map<String, Object> of(RopeConfig rope) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("rope_type", rope.type());
    if (rope instanceof RopeConfig.Linear linear) {
      parameters.put("factor", linear.factor());
    } else if (rope instanceof RopeConfig.Llama3 llama3) {
      parameters.put("factor", llama3.factor());
      parameters.put("low_freq_factor", llama3.lowFreqFactor());
      parameters.put("high_freq_factor", llama3.highFreqFactor());
      putLength(parameters, llama3.originalMaxPositionEmbeddings());
    } else if (rope instanceof RopeConfig.Yarn yarn) {
      putYarn(parameters, yarn);
    } else if (rope instanceof RopeConfig.Dynamic dynamic) {
      parameters.put("factor", dynamic.factor());
      putNumber(parameters, "alpha", dynamic.alpha());
    } else if (rope instanceof RopeConfig.LongRope longRope) {
      // Version 4 wants these three fields and no other; the length stands outside.
      parameters.put("type", parameters.remove("rope_type"));
      parameters.put("short_factor", longRope.shortFactor());
      parameters.put("long_factor", longRope.longFactor());
      putNumber(parameters, "attention_factor", longRope.givenAttentionFactor());
    }
    return parameters;
  }

  private static void putYarn(Map<String, Object> parameters, RopeConfig.Yarn yarn) {
    parameters.put("factor", yarn.factor());
    putLength(parameters, yarn.originalMaxPositionEmbeddings());
    putNumber(parameters, "attention_factor", yarn.givenAttentionFactor());
    parameters.put("beta_fast", yarn.betaFast());
    parameters.put("beta_slow", yarn.betaSlow());
    putNumber(parameters, "mscale", yarn.mscale());
    putNumber(parameters, "mscale_all_dim", yarn.mscaleAllDim());
    parameters.put("truncate", yarn.truncate());
  }

  /** A length is a whole number wherever it came from a config. */
  private static void putLength(Map<String, Object> parameters, double length) {
    parameters.put(LENGTH, length == Math.rint(length) ? (Object) (long) length : (Object) length);
  }

  private static void putNumber(
      Map<String, Object> parameters, String field, @Nullable Double value) {
    if (value != null) {
      parameters.put(field, value);
    }
  }
}
