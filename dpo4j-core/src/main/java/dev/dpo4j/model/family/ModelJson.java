/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.io.ParserText;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
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
      throw fault(file, "the file is not valid JSON: " + ParserText.plain(e.getOriginalMessage()));
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
    Architecture architecture = config.architecture();
    Map<String, Object> fields = new TreeMap<>();
    fields.put("architectures", List.of(architecture.className()));
    fields.put("attention_dropout", 0.0);
    fields.put("bos_token_id", config.bosTokenId());
    fields.put("dtype", dtype.torchName());
    List<Integer> eos = config.eosTokenIds();
    fields.put("eos_token_id", eos.isEmpty() ? null : eos.size() == 1 ? (Object) eos.get(0) : eos);
    fields.put("head_dim", config.headDim());
    fields.put(architecture.family().activationField(), config.style().activation().configName());
    fields.put("hidden_size", config.hiddenSize());
    fields.put("initializer_range", config.initializerRange());
    fields.put("intermediate_size", config.intermediateSize());
    fields.put("max_position_embeddings", config.maxPositionEmbeddings());
    fields.put("model_type", architecture.modelType());
    fields.put("num_attention_heads", config.heads());
    fields.put("num_hidden_layers", config.layers());
    fields.put("num_key_value_heads", config.kvHeads());
    fields.put("pad_token_id", config.padTokenId());
    fields.put("rms_norm_eps", config.rmsNormEps());
    RopeJson.put(config, fields);
    architecture.family().write(config.style(), config.slidingWindows(), fields);
    fields.put("tie_word_embeddings", config.tieWordEmbeddings());
    fields.put("torch_dtype", dtype.torchName());
    fields.put("use_cache", true);
    fields.put("vocab_size", config.vocabSize());
    return text(fields);
  }
}
