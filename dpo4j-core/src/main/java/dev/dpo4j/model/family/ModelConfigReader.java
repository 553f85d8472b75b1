/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns the object of a config.json into a {@link ModelConfig}, collecting all faults. */
final class ModelConfigReader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelConfigReader.class);

  /** Far above any model, far below what overflows a product of two sizes. */
  private static final int MAX_SIZE = 1 << 26;

  private static final int MAX_LAYERS = 4096;
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  private final String source;
  private final List<String> faults = new ArrayList<>();
  private final JsonFields json;
  private ModelHead head = ModelHead.TOKENS;

  ModelConfigReader(String source, ObjectNode root) {
    this.source = source;
    this.json = new JsonFields(root, "", faults);
  }

  /** Reads a language model; another head than that of tokens is a fault. */
  ModelConfig read() {
    ModelConfig config = readAnyHead();
    if (config.head() != ModelHead.TOKENS) {
      json.fault(
          "architectures",
          json.texts("architectures"),
          "one of "
              + Architecture.classNames()
              + "; this is a reward model, which scores answers and writes none: see dpo4j score");
      throw new ModelConfigException(source, faults);
    }
    return config;
  }

  /** Reads a language model or a reward model. */
  ModelConfig readAnyHead() {
    Architecture architecture = readArchitecture();
    if (architecture == null) {
      throw new ModelConfigException(source, faults);
    }
    refuseUnsupported();
    ModelConfig config = readAs(architecture);
    if (head == ModelHead.REWARD) {
      refuseOtherLabels();
      config = config.rewarding(config.padTokenId());
    }
    checkShape(config);
    if (!faults.isEmpty()) {
      throw new ModelConfigException(source, faults);
    }
    reportTokens(config);
    return config;
  }

  private @Nullable Architecture readArchitecture() {
    List<String> names = json.texts("architectures");
    String modelType = json.text("model_type");
    Optional<Architecture> byType =
        modelType == null ? Optional.empty() : Architecture.ofModelType(modelType);
    if (modelType != null && byType.isEmpty()) {
      json.fault("model_type", "\"" + modelType + "\"", "one of " + Architecture.modelTypes());
    }
    if (names == null || names.isEmpty()) {
      if (modelType == null) {
        json.fault("architectures", "nothing", "one of " + Architecture.classNames());
      }
      return byType.orElse(null);
    }
    head = ModelHead.of(names.get(0)).orElse(ModelHead.TOKENS);
    Optional<Architecture> byName = head.architecture(names.get(0));
    if (byName.isEmpty() || names.size() > 1) {
      json.fault("architectures", names, "one of " + head.classNames());
    } else if (byType.isPresent() && !byType.equals(byName)) {
      json.fault("model_type", "\"" + modelType + "\"", byName.get().modelType());
    }
    return byName.or(() -> byType).orElse(null);
  }

  private void refuseUnsupported() {
    String activation = json.text("hidden_act");
    if (activation != null && !activation.equals("silu")) {
      json.fault("hidden_act", "\"" + activation + "\"", "\"silu\"");
    }
    if (json.get("quantization_config") != null) {
      json.fault("quantization_config", "a quantised model", "weights in float32, bf16 or float16");
    }
    JsonNode perLayer = json.get("per_layer_config");
    if (perLayer != null && !perLayer.isEmpty()) {
      json.fault("per_layer_config", "layers of different shapes", "none");
    }
    if (json.flag("is_encoder_decoder", false)) {
      json.fault("is_encoder_decoder", "true", "false (decoder-only models)");
    }
    if (json.flag("use_mrope", false)) {
      json.fault("use_mrope", "true", "false (text models)");
    }
  }

  private ModelConfig readAs(Architecture architecture) {
    Architecture.Defaults absent = architecture.defaults();
    int hidden = size("hidden_size", absent.hiddenSize());
    int heads = json.integer("num_attention_heads", absent.heads(), 1, MAX_SIZE);
    int layers = json.integer("num_hidden_layers", absent.layers(), 1, MAX_LAYERS);
    int maxPositions = size("max_position_embeddings", absent.maxPositionEmbeddings());
    boolean qwen2 = architecture == Architecture.QWEN2;
    boolean llama = architecture == Architecture.LLAMA;
    boolean attentionBias =
        (llama || architecture == Architecture.QWEN3) && json.flag("attention_bias", false);
    List<String> layerTypes = readLayerTypes(architecture, layers);
    RopeConfig rope =
        new RopeReader(json, source, maxPositions).read(new LinkedHashSet<>(layerTypes));
    return new ModelConfig(
        architecture,
        size("vocab_size", absent.vocabSize()),
        hidden,
        size("intermediate_size", absent.intermediateSize()),
        layers,
        heads,
        readKvHeads(absent, heads),
        readHeadDim(absent, hidden, heads),
        json.positive("rms_norm_eps", 1e-6),
        rope,
        json.flag("tie_word_embeddings", false),
        qwen2 || attentionBias,
        attentionBias,
        llama && json.flag("mlp_bias", false),
        architecture == Architecture.QWEN3,
        readWindows(architecture, layerTypes),
        maxPositions,
        readDtype(),
        initializerRange(),
        single("bos_token_id", absent.bosTokenId()),
        json.tokenIds("eos_token_id", listOf(absent.eosTokenId())),
        single("pad_token_id", null),
        ModelHead.TOKENS);
  }

  /** Where nothing names the labels of a classifier, transformers takes two. */
  private void refuseOtherLabels() {
    JsonNode names = json.get("id2label");
    int labels = names == null ? json.integer("num_labels", 2, 0, MAX_SIZE) : names.size();
    if (labels != 1) {
      json.fault(
          names == null ? "num_labels" : "id2label",
          labels + " labels",
          "1 label: a reward model gives one number, and a classifier of more labels is none");
    }
  }

  private double initializerRange() {
    Double value = json.zeroOrMore("initializer_range");
    return value == null ? 0.02 : value;
  }

  private int size(String field, int absent) {
    return json.integer(field, absent, 1, MAX_SIZE);
  }

  /** Null means as many as query heads; a field that is not there, the architecture's default. */
  private int readKvHeads(Architecture.Defaults absent, int heads) {
    String field = "num_key_value_heads";
    int fallback = json.names(field) || absent.kvHeads() == 0 ? heads : absent.kvHeads();
    return json.integer(field, fallback, 1, MAX_SIZE);
  }

  private int readHeadDim(Architecture.Defaults absent, int hidden, int heads) {
    int fallback = absent.headDim() == 0 ? Math.max(1, hidden / heads) : absent.headDim();
    if (json.get("head_dim") == null && absent.headDim() == 0 && hidden % heads != 0) {
      json.fault("hidden_size", hidden, "a multiple of num_attention_heads, " + heads);
    }
    return json.integer("head_dim", fallback, 1, MAX_SIZE);
  }

  private @Nullable DType readDtype() {
    String field = json.get("dtype") != null ? "dtype" : "torch_dtype";
    String name = json.text(field);
    if (name == null || name.equals("auto")) {
      return null;
    }
    Optional<DType> dtype = DType.findTorch(name).filter(DType::isFloatingPoint);
    if (dtype.isEmpty()) {
      json.fault(field, "\"" + name + "\"", "float32, bfloat16, float16 or float64");
    }
    return dtype.orElse(null);
  }

  private List<String> readLayerTypes(Architecture architecture, int layers) {
    boolean qwen = architecture == Architecture.QWEN2 || architecture == Architecture.QWEN3;
    List<String> types = json.texts("layer_types");
    if (!qwen || types == null) {
      if (types != null && architecture == Architecture.MISTRAL) {
        // Such a model is Ministral to transformers, whatever its model_type says.
        json.fault("layer_types", "types of layers", "none for " + architecture.className());
      }
      int from =
          qwen && windowInUse() ? json.integer("max_window_layers", 28, 0, MAX_SIZE) : layers;
      List<String> result = new ArrayList<>(Collections.nCopies(layers, FULL));
      for (int i = from; i < layers; i++) {
        result.set(i, SLIDING);
      }
      return result;
    }
    if (types.size() != layers) {
      json.fault("layer_types", types.size() + " entries", layers + ", one a layer");
    }
    List<String> result = new ArrayList<>();
    Set<String> unknown = new LinkedHashSet<>();
    for (String type : types) {
      String current = type.equals("attention") ? FULL : type;
      if (!current.equals(FULL) && !current.equals(SLIDING)) {
        unknown.add(type);
      }
      result.add(current);
    }
    if (!unknown.isEmpty()) {
      json.fault("layer_types", unknown, FULL + " or " + SLIDING);
      return Collections.nCopies(layers, FULL);
    }
    return result;
  }

  /** Whether Qwen's switch is on and there is a window: one given as null is none. */
  private boolean windowInUse() {
    return json.flag("use_sliding_window", false)
        && (json.get("sliding_window") != null || !json.names("sliding_window"));
  }

  private List<Integer> readWindows(Architecture architecture, List<String> layerTypes) {
    return switch (architecture) {
      case LLAMA -> Collections.nCopies(layerTypes.size(), 0);
      case MISTRAL -> {
        boolean none = json.names("sliding_window") && json.get("sliding_window") == null;
        yield Collections.nCopies(layerTypes.size(), none ? 0 : window(architecture));
      }
      case QWEN2, QWEN3 -> {
        if (!layerTypes.contains(SLIDING)) {
          yield Collections.nCopies(layerTypes.size(), 0);
        }
        if (!windowInUse()) {
          json.fault(
              "layer_types",
              SLIDING,
              "none of it, or use_sliding_window true and a sliding_window");
        }
        int window = window(architecture);
        yield layerTypes.stream().map(type -> type.equals(SLIDING) ? window : 0).toList();
      }
    };
  }

  private int window(Architecture architecture) {
    int absent = architecture.defaults().slidingWindow();
    return json.integer("sliding_window", absent, 1, Integer.MAX_VALUE);
  }

  private @Nullable Integer single(String field, @Nullable Integer absent) {
    List<Integer> ids = json.tokenIds(field, listOf(absent));
    return ids.isEmpty() ? null : ids.get(0);
  }

  private static List<Integer> listOf(@Nullable Integer value) {
    return value == null ? List.of() : List.of(value);
  }

  private void checkShape(ModelConfig config) {
    if (!json.sound("num_attention_heads", "num_key_value_heads", "head_dim", "hidden_size")) {
      return; // What follows from a wrong number is no further fault.
    }
    if (config.heads() % config.kvHeads() != 0) {
      json.fault(
          "num_key_value_heads",
          config.kvHeads(),
          "a divisor of num_attention_heads, " + config.heads());
    }
    if (config.headDim() % 2 != 0) {
      json.fault("head_dim", config.headDim(), "an even size, halves of a head are rotated");
    }
    if (config.architecture() == Architecture.LLAMA
        && config.hiddenSize() % config.heads() != 0
        && json.get("head_dim") != null) {
      json.fault(
          "hidden_size",
          config.hiddenSize(),
          "a multiple of num_attention_heads, " + config.heads());
    }
    if ((long) config.heads() * config.headDim() > MAX_SIZE) {
      json.fault(
          "head_dim",
          config.headDim(),
          "at most " + MAX_SIZE + " over " + config.heads() + " heads");
    }
  }

  private void reportTokens(ModelConfig config) {
    List<Integer> ids = new ArrayList<>(config.eosTokenIds());
    ids.addAll(listOf(config.bosTokenId()));
    ids.addAll(listOf(config.padTokenId()));
    ids.removeIf(id -> id >= 0 && id < config.vocabSize());
    if (!ids.isEmpty()) {
      LOG.warn(
          "{}: the special tokens {} are not among the {} of the vocabulary",
          source,
          ids,
          config.vocabSize());
    }
  }
}
