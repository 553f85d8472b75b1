/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.model.style.Activation;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
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
  private static final String WITH_VISION = "Gemma3ForConditionalGeneration";
  private static final String WITH_VISION_TYPE = "gemma3";

  private final String source;
  private final List<String> faults = new ArrayList<>();
  private final boolean textPart;
  private final JsonFields json;
  private ModelHead head = ModelHead.TOKENS;

  ModelConfigReader(String source, ObjectNode root) {
    this.source = source;
    this.textPart = hasVision(root);
    this.json =
        textPart
            ? new JsonFields(textOf(root), "text_config.", faults)
            : new JsonFields(root, "", faults);
  }

  static boolean hasVision(ObjectNode root) {
    return root.path("architectures").path(0).asString("").equals(WITH_VISION)
        || root.path("model_type").asString("").equals(WITH_VISION_TYPE);
  }

  /** The part of a model with vision that writes text, with what stands outside for the whole. */
  private static ObjectNode textOf(ObjectNode root) {
    ObjectNode text =
        root.get("text_config") instanceof ObjectNode given ? given.deepCopy() : root.objectNode();
    text.putArray("architectures").add(Architecture.GEMMA3.className());
    text.put("model_type", Architecture.GEMMA3.modelType());
    for (String field :
        List.of(
            "bos_token_id",
            "eos_token_id",
            "pad_token_id",
            "dtype",
            "torch_dtype",
            StoredQuantisation.KEY)) {
      if (root.has(field)) {
        text.set(field, root.get(field));
      }
    }
    // The whole ties its head, whatever its text part says by itself.
    text.put("tie_word_embeddings", root.path("tie_word_embeddings").asBoolean(true));
    return text;
  }

  /** Reads a language model; another head than that of tokens is a fault. */
  ModelConfig read() {
    ModelConfig config = readAnyHead();
    if (config.head() != ModelHead.TOKENS) {
      json.fault(
          "architectures",
          String.valueOf(json.texts("architectures")),
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
      String needs = UnbuiltFamilies.needs(modelType).orElse("");
      json.fault(
          "model_type", "\"" + modelType + "\"", "one of " + Architecture.modelTypes() + needs);
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
      String needs = UnbuiltFamilies.needs(names.get(0)).orElse("");
      json.fault("architectures", names, "one of " + head.classNames() + needs);
    } else if (byType.isPresent() && !byType.equals(byName)) {
      json.fault("model_type", "\"" + modelType + "\"", byName.get().modelType());
    }
    return byName.or(() -> byType).orElse(null);
  }

  private void refuseUnsupported() {
    StoredQuantisation.check(json);
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
    Family family = architecture.family();
    Defaults absent = family.defaults();
    int hidden = size("hidden_size", absent.hiddenSize());
    int heads = json.integer("num_attention_heads", absent.heads(), 1, MAX_SIZE);
    int layers = json.integer("num_hidden_layers", absent.layers(), 1, MAX_LAYERS);
    int maxPositions = size("max_position_embeddings", absent.maxPositionEmbeddings());
    int kvHeads = readKvHeads(absent, heads);
    int headDim = readHeadDim(absent, hidden, heads);
    List<String> layerTypes = family.layerTypes(json, layers);
    RopeReader.Ropes ropes =
        new RopeReader(json, source, family.rope(), maxPositions)
            .read(new LinkedHashSet<>(layerTypes));
    Sizes sizes = new Sizes(hidden, layers, heads, kvHeads, headDim);
    LayerStyle.Builder style = new LayerStyle.Builder(sizes).activation(activation(family));
    family.style(json, sizes, style);
    return new ModelConfig(
        architecture,
        size("vocab_size", absent.vocabSize()),
        hidden,
        size("intermediate_size", absent.intermediateSize()),
        layers,
        heads,
        kvHeads,
        headDim,
        json.positive("rms_norm_eps", absent.rmsNormEps()),
        ropes.full(),
        ropes.sliding(),
        (int) (headDim * ropes.partial()),
        json.flag("tie_word_embeddings", absent.tied()),
        style.build(),
        textPart,
        family.windows(json, layerTypes),
        maxPositions,
        readDtype(),
        initializerRange(),
        single("bos_token_id", listOf(absent.bosTokenId())),
        json.tokenIds("eos_token_id", absent.eosTokenIds()),
        single("pad_token_id", List.of()),
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

  private Activation activation(Family family) {
    String name = json.text(family.activationField());
    if (name == null) {
      return family.activation();
    }
    Optional<Activation> activation = Activation.of(name);
    if (activation.isEmpty()) {
      json.fault(family.activationField(), '"' + name + '"', Activation.allNames());
    }
    return activation.orElse(family.activation());
  }

  private double initializerRange() {
    Double value = json.zeroOrMore("initializer_range");
    return value == null ? 0.02 : value;
  }

  private int size(String field, int absent) {
    return json.integer(field, absent, 1, MAX_SIZE);
  }

  /** Null means as many as query heads; a field that is not there, the architecture's default. */
  private int readKvHeads(Defaults absent, int heads) {
    String field = "num_key_value_heads";
    int fallback = json.names(field) || absent.kvHeads() == 0 ? heads : absent.kvHeads();
    return json.integer(field, fallback, 1, MAX_SIZE);
  }

  private int readHeadDim(Defaults absent, int hidden, int heads) {
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

  private @Nullable Integer single(String field, List<Integer> absent) {
    List<Integer> ids = json.tokenIds(field, absent);
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
    checkRotary(config);
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

  private void checkRotary(ModelConfig config) {
    if (config.rotaryDim() < 2 || config.rotaryDim() % 2 != 0) {
      json.fault(
          "partial_rotary_factor",
          config.rotaryDim() + " of " + config.headDim() + " coordinates",
          "an even number of at least 2");
    }
    if (config.rope() instanceof RopeConfig.LongRope rope) {
      int wanted = config.rotaryDim() / 2;
      for (List<Double> factors : List.of(rope.shortFactor(), rope.longFactor())) {
        if (!factors.isEmpty() && factors.size() != wanted) {
          json.fault(
              "short_factor and long_factor",
              factors.size() + " numbers",
              wanted + ", one for each rotated pair of a head's coordinates");
        }
      }
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
