/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.export;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.model.family.Architecture;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.RopeConfig;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.LayerStyle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of a model as keys of a GGUF file. What llama.cpp would compute otherwise than
 * the model does is a fault; what differs only beyond some length is a note.
 */
final class GgufKeys {
  /** Constants that llama.cpp has for a family, where a file has no key for them. */
  private static final int SMOLLM3_PERIOD = 4;

  private static final double GEMMA_LOCAL_THETA = 10_000;
  private static final double CLOSE = 1e-6;

  private final ModelConfig config;
  private final LayerStyle style;
  private final GgufArchitecture family;
  private final Map<String, Object> keys = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private GgufKeys(ModelConfig config, GgufArchitecture family) {
    this.config = config;
    this.style = config.style();
    this.family = family;
  }

  /**
   * Translates a configuration.
   *
   * @throws ModelConfigException with all that llama.cpp cannot compute
   */
  static GgufKeys of(ModelConfig config) {
    Architecture architecture = config.architecture();
    GgufArchitecture family =
        GgufArchitecture.ofClassName(architecture.className())
            .filter(known -> config.head() == ModelHead.TOKENS)
            .orElseThrow(
                () ->
                    new ModelConfigException(
                        "export to GGUF",
                        List.of(
                            config.head() == ModelHead.TOKENS
                                ? architecture.className() + ": llama.cpp does not know it"
                                : "a reward model scores answers; llama.cpp runs language models")));
    GgufKeys keys = new GgufKeys(config, family);
    keys.addShape();
    keys.checkStyle();
    keys.addScales();
    keys.addWindows();
    keys.addRope();
    keys.addExperts();
    if (!keys.faults.isEmpty()) {
      throw new ModelConfigException("export to GGUF as " + family.id(), keys.faults);
    }
    return keys;
  }

  GgufArchitecture family() {
    return family;
  }

  Map<String, Object> keys() {
    return keys;
  }

  /** What will be computed otherwise beyond some length, in sentences. */
  List<String> notes() {
    return notes;
  }

  /** What queries are multiplied by because llama.cpp has no key for their scale; mostly 1. */
  double queryScale() {
    return family == GgufArchitecture.GEMMA3 ? style.attentionScale() / ownAttentionScale() : 1;
  }

  private void put(String name, Object value) {
    keys.put(family.id() + "." + name, value);
  }

  private void addShape() {
    put("block_count", config.layers());
    put("context_length", config.maxPositionEmbeddings());
    put("embedding_length", config.hiddenSize());
    put("feed_forward_length", config.intermediateSize());
    put("attention.head_count", config.heads());
    put("attention.head_count_kv", config.kvHeads());
    put("attention.key_length", config.headDim());
    put("attention.value_length", config.headDim());
    put("attention.layer_norm_rms_epsilon", (float) config.rmsNormEps());
    put("vocab_size", config.vocabSize());
    boolean square = family == GgufArchitecture.OLMO2 || family == GgufArchitecture.PHI3;
    if (square && config.heads() * config.headDim() != config.hiddenSize()) {
      faults.add(
          "head_dim: found %d, expected hidden_size / num_attention_heads, %d / %d"
              .formatted(config.headDim(), config.hiddenSize(), config.heads()));
    }
  }

  private void checkStyle() {
    boolean optional = family == GgufArchitecture.LLAMA || family == GgufArchitecture.GRANITE;
    if (style.oBias() && !optional) {
      faults.add("a bias of o_proj: llama.cpp has none in this family");
    }
    if (style.mlpBias() && !optional && family != GgufArchitecture.SMOLLM3) {
      faults.add("biases of the feed-forward layers: llama.cpp has none in this family");
    }
    boolean everyFourth = family == GgufArchitecture.SMOLLM3;
    for (int layer = 0; layer < config.layers(); layer++) {
      boolean expected = !everyFourth || (layer + 1) % SMOLLM3_PERIOD != 0;
      if (style.rotated().get(layer) != expected) {
        faults.add(
            "no_rope_layers: layer %d is %srotated, but llama.cpp has a fixed pattern"
                .formatted(layer, expected ? "not " : ""));
        return;
      }
    }
  }

  private boolean isGemma() {
    return family == GgufArchitecture.GEMMA2 || family == GgufArchitecture.GEMMA3;
  }

  private double ownAttentionScale() {
    boolean large = family.scalesByWidth(config.layers());
    return 1 / Math.sqrt(large ? config.hiddenSize() / (double) config.heads() : config.headDim());
  }

  private void addScales() {
    if (family == GgufArchitecture.GRANITE) {
      put("embedding_scale", (float) style.embeddingScale());
      put("residual_scale", (float) style.residualScale());
      put("attention.scale", (float) style.attentionScale());
      put("logit_scale", (float) (1 / style.logitScale()));
    } else if (family != GgufArchitecture.GEMMA3) {
      double own = ownAttentionScale();
      if (Math.abs(style.attentionScale() - own) > CLOSE * own) {
        faults.add("the scale of the attention: llama.cpp has no key for it in this family");
      }
    }
    if (style.logitCap() > 0) {
      put("final_logit_softcapping", (float) style.logitCap());
    }
    if (style.scoreCap() > 0) {
      put("attn_logit_softcapping", (float) style.scoreCap());
    }
    if (family == GgufArchitecture.GEMMA2 && (style.scoreCap() == 0 || style.logitCap() == 0)) {
      faults.add(
          "attn_logit_softcapping, final_logit_softcapping: llama.cpp bounds both in this family");
    }
  }

  private void addWindows() {
    List<Integer> windows = config.slidingWindows();
    int window = windows.stream().mapToInt(Integer::intValue).max().orElse(0);
    if (windows.stream().anyMatch(w -> w > 0 && w != window)) {
      faults.add("sliding_window: layers have windows of several sizes, " + windows);
    }
    switch (family) {
      case GEMMA2 -> addPeriodic(window, GgufArchitecture.GEMMA2_PERIOD);
      case GEMMA3 -> addPeriodic(window, GgufArchitecture.GEMMA_PERIOD);
      case OLMO2 -> addPeriodic(window, GgufArchitecture.OLMO_PERIOD);
      case PHI3 -> put("attention.sliding_window", window);
      case LLAMA -> {
        if (window > 0) {
          put("attention.sliding_window", window);
          if (windows.contains(0)) {
            put("attention.sliding_window_pattern", windows.stream().map(w -> w > 0).toList());
          }
        }
      }
      default -> {
        // llama.cpp has no windows there.
      }
    }
    boolean ignored = !isGemma() && family != GgufArchitecture.OLMO2;
    if (window > 0 && ignored && window < config.maxPositionEmbeddings()) {
      notes.add(
          ("llama.cpp has no sliding windows in this family: beyond %d tokens its answers differ"
                  + " from the model's.")
              .formatted(window));
    }
  }

  /** Windows in all layers but every so many. */
  private void addPeriodic(int window, int usual) {
    if (window == 0) {
      return;
    }
    put("attention.sliding_window", window);
    int first = config.slidingWindows().indexOf(0);
    int period = first < 0 ? Math.max(usual, config.layers() + 1) : first + 1;
    for (int layer = 0; layer < config.layers(); layer++) {
      if ((config.slidingWindow(layer) == 0) != ((layer + 1) % period == 0)) {
        faults.add("layer_types: llama.cpp expects one full layer in so many, at equal distances");
        return;
      }
    }
    if (period != usual && (first >= 0 || config.layers() >= usual)) {
      put("attention.sliding_window_pattern", period);
    }
  }

  private void addRope() {
    put("rope.dimension_count", config.rotaryDim());
    RopeConfig rope = config.rope();
    double theta = rope.theta();
    if (rope instanceof RopeConfig.Linear linear) {
      put("rope.scaling.type", "linear");
      put("rope.scaling.factor", (float) linear.factor());
    } else if (rope instanceof RopeConfig.Yarn yarn) {
      addYarn(yarn);
    } else if (rope instanceof RopeConfig.Llama3 llama3) {
      put("rope.scaling.original_context_length", (int) llama3.originalMaxPositionEmbeddings());
      put("rope.scaling.low_freq_factor", (float) llama3.lowFreqFactor());
      put("rope.scaling.high_freq_factor", (float) llama3.highFreqFactor());
      if (family != GgufArchitecture.LLAMA && family != GgufArchitecture.GRANITE) {
        faults.add("rope_type: found llama3, which llama.cpp does not have in this family");
      }
    } else if (rope instanceof RopeConfig.LongRope longRope) {
      addLongRope(longRope);
    } else if (rope instanceof RopeConfig.Dynamic dynamic) {
      Double alpha = dynamic.alpha();
      double dim = config.rotaryDim();
      theta = alpha == null ? theta : theta * Math.pow(alpha, dim / (dim - 2));
      notes.add(
          "llama.cpp does not scale by the length: beyond %.0f tokens its answers differ."
              .formatted(dynamic.maxPositionEmbeddings()));
    }
    put("rope.freq_base", (float) theta);
    addSlidingRope(theta);
  }

  private void addSlidingRope(double theta) {
    if (config.slidingWindows().stream().noneMatch(window -> window > 0)) {
      return;
    }
    RopeConfig sliding = config.slidingRope();
    boolean two = family == GgufArchitecture.GEMMA3 || family == GgufArchitecture.OLMO2;
    if (two && !(sliding instanceof RopeConfig.Default)) {
      faults.add(
          "rope_parameters.sliding_attention: found %s, expected default"
              .formatted(sliding.type()));
    } else if (two) {
      double own = family == GgufArchitecture.GEMMA3 ? GEMMA_LOCAL_THETA : theta;
      if (sliding.theta() != own) {
        put("rope.freq_base_swa", (float) sliding.theta());
      }
    }
  }

  private void addYarn(RopeConfig.Yarn yarn) {
    if (!yarn.truncate()) {
      faults.add("rope_parameters.truncate: found false, which llama.cpp does not have");
    }
    put("rope.scaling.type", "yarn");
    put("rope.scaling.factor", (float) yarn.factor());
    put("rope.scaling.original_context_length", (int) yarn.originalMaxPositionEmbeddings());
    put("rope.scaling.yarn_beta_fast", (float) yarn.betaFast());
    put("rope.scaling.yarn_beta_slow", (float) yarn.betaSlow());
    // llama.cpp multiplies by the factor that follows from the scaling.
    double own = yarn.factor() <= 1 ? 1 : 0.1 * Math.log(yarn.factor()) + 1;
    if (Math.abs(yarn.attentionFactor() - own) > CLOSE) {
      put("rope.scaling.attn_factor", (float) (yarn.attentionFactor() / own));
    }
  }

  private void addLongRope(RopeConfig.LongRope rope) {
    if (family != GgufArchitecture.PHI3) {
      faults.add("rope_type: found longrope, which llama.cpp does not have in this family");
      return;
    }
    put("rope.scaling.original_context_length", (int) rope.originalMaxPositionEmbeddings());
    put("rope.scaling.attn_factor", (float) rope.attentionFactor());
    notes.add(
        ("llama.cpp chooses LongRoPE's factors by the size of its context: open it with at most %.0f"
                + " tokens for short texts.")
            .formatted(rope.originalMaxPositionEmbeddings()));
  }

  private void addExperts() {
    Experts experts = style.experts();
    if (experts == null) {
      return;
    }
    put("expert_count", experts.count());
    put("expert_used_count", experts.perToken());
    put("expert_feed_forward_length", experts.intermediateSize());
    if (!experts.normalise()) {
      faults.add("norm_topk_prob: found false, but llama.cpp scales the weights to the sum 1");
    }
    if (experts.sparse().contains(false)) {
      faults.add("mlp_only_layers: llama.cpp expects experts in every layer of this family");
    }
  }
}
