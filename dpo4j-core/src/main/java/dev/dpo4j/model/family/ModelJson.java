/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The text of a config.json, in and out. */
public final class ModelJson {
  private static final long MAX_BYTES = 16 << 20;

  /** Python writes Infinity and NaN as bare words, in fields that we carry over. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ModelJson() {}

  static ObjectNode read(Path file) {
    return parse(file, readText(file));
  }

  static ObjectNode parse(Path file, String text) {
    try {
      if (JSON.readTree(text) instanceof ObjectNode object) {
        return object;
      }
      throw fault(file, "the file holds no JSON object");
    } catch (JacksonException e) {
      throw fault(file, "the file is not valid JSON: " + e.getOriginalMessage());
    }
  }

  /** The file as text; bytes that are not UTF-8 are a fault, which the parser would let pass. */
  static String readText(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw fault(file, "there is no such file; give the folder of a Hugging Face model");
      }
      if (Files.size(file) > MAX_BYTES) {
        throw fault(file, "the file has more than " + MAX_BYTES + " bytes, which no config has");
      }
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw fault(file, "the file is not text in UTF-8");
    } catch (IOException e) {
      throw fault(file, "the file cannot be read: " + e);
    }
  }

  private static ModelConfigException fault(Path file, String fault) {
    return new ModelConfigException(file.toString(), List.of(fault));
  }

  /** Fields as an indented object, in their order. */
  public static String text(Map<String, ?> fields) {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n";
  }

  /** A text as JSON writes it. */
  static String quote(String text) {
    return JSON.writeValueAsString(text);
  }

  static ObjectNode of(Architecture architecture, Map<String, ?> fields) {
    ObjectNode root = JSON.createObjectNode();
    root.putArray("architectures").add(architecture.className());
    root.put("model_type", architecture.modelType());
    fields.forEach((name, value) -> root.set(name, JSON.valueToTree(value)));
    return root;
  }

  /**
   * Fields in alphabetical order, as transformers writes them. The rotary embedding and the element
   * type stand there under their old and their new names: each reader finds the one it knows.
   */
  static String format(ModelConfig config, DType dtype) {
    ObjectNode root = JSON.createObjectNode();
    Architecture architecture = config.architecture();
    boolean qwen = architecture == Architecture.QWEN2 || architecture == Architecture.QWEN3;
    root.putArray("architectures").add(architecture.className());
    if (architecture == Architecture.LLAMA || architecture == Architecture.QWEN3) {
      root.put("attention_bias", config.oBias());
    }
    root.put("attention_dropout", 0.0);
    putOrNull(root, "bos_token_id", config.bosTokenId());
    root.put("dtype", dtype.torchName());
    putEos(root, config.eosTokenIds());
    root.put("head_dim", config.headDim());
    root.put("hidden_act", "silu");
    root.put("hidden_size", config.hiddenSize());
    root.put("initializer_range", config.initializerRange());
    root.put("intermediate_size", config.intermediateSize());
    if (qwen) {
      ArrayNode types = root.putArray("layer_types");
      config
          .slidingWindows()
          .forEach(window -> types.add(window == 0 ? "full_attention" : "sliding_attention"));
    }
    root.put("max_position_embeddings", config.maxPositionEmbeddings());
    if (architecture == Architecture.LLAMA) {
      root.put("mlp_bias", config.mlpBias());
    }
    root.put("model_type", architecture.modelType());
    root.put("num_attention_heads", config.heads());
    root.put("num_hidden_layers", config.layers());
    root.put("num_key_value_heads", config.kvHeads());
    putOrNull(root, "pad_token_id", config.padTokenId());
    root.put("rms_norm_eps", config.rmsNormEps());
    putRope(root, config.rope());
    if (qwen || architecture == Architecture.MISTRAL) {
      int window = config.slidingWindows().stream().mapToInt(w -> w).max().orElse(0);
      putOrNull(root, "sliding_window", window == 0 ? null : window);
      if (qwen) {
        root.put("use_sliding_window", window != 0);
      }
    }
    root.put("tie_word_embeddings", config.tieWordEmbeddings());
    root.put("torch_dtype", dtype.torchName());
    root.put("use_cache", true);
    root.put("vocab_size", config.vocabSize());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static void putEos(ObjectNode root, List<Integer> ids) {
    if (ids.size() > 1) {
      ids.forEach(root.putArray("eos_token_id")::add);
    } else {
      putOrNull(root, "eos_token_id", ids.isEmpty() ? null : ids.get(0));
    }
  }

  private static void putRope(ObjectNode root, RopeConfig rope) {
    ObjectNode parameters = JSON.createObjectNode();
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
    }
    ObjectNode withTheta = parameters.deepCopy();
    withTheta.put("rope_theta", rope.theta());
    root.set("rope_parameters", withTheta);
    if (!(rope instanceof RopeConfig.Default)) {
      root.set("rope_scaling", parameters);
    }
    root.put("rope_theta", rope.theta());
  }

  private static void putYarn(ObjectNode parameters, RopeConfig.Yarn yarn) {
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
  private static void putLength(ObjectNode parameters, double length) {
    String field = "original_max_position_embeddings";
    if (length == Math.rint(length)) {
      parameters.put(field, (long) length);
    } else {
      parameters.put(field, length);
    }
  }

  private static void putNumber(ObjectNode parameters, String field, @Nullable Double value) {
    if (value != null) {
      parameters.put(field, value);
    }
  }

  private static void putOrNull(ObjectNode root, String field, @Nullable Integer value) {
    if (value == null) {
      root.putNull(field);
    } else {
      root.put(field, value);
    }
  }
}
