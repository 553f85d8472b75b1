/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer class of transformers 5, as far as it changes what {@code tokenizer.json} says.
 *
 * <p>Some classes take only the vocabulary, the merges, the added tokens and the post-processor
 * from the file and bring the other steps themselves. A model of type {@code qwen2} always gets
 * such a class, whatever its files name. Without these rules the ids would differ from those that
 * transformers and vLLM see, for example for letters with combining accents.
 */
enum TokenizerClass {
  /** Takes the file as it is. */
  FILE,
  /** Normalises to NFC and splits as Qwen2 does. */
  QWEN2,
  /** Splits as SentencePiece does, a space before the first word only. */
  LLAMA,
  /** Splits as SentencePiece does, without a space before the first word. */
  GEMMA;

  /** Types of models for which transformers takes the file as it is, whatever class is named. */
  private static final Set<String> AS_THE_FILE_SAYS =
      Set.of("mistral", "ministral", "phi3", "ernie4_5", "granite", "glm4", "olmo2", "olmo3");

  /** The class of models whose files name none. */
  private static final Map<String, TokenizerClass> UNNAMED =
      Map.of(
          "qwen3",
          QWEN2,
          "qwen3_moe",
          QWEN2,
          "gemma2",
          GEMMA,
          "gemma3",
          GEMMA,
          "gemma3_text",
          GEMMA);

  private static final String QWEN2_SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
          + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
          + "|\\p{N}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+"
          + "|\\s+(?!\\S)"
          + "|\\s+";

  /**
   * Finds the class as AutoTokenizer does.
   *
   * @param modelType {@code model_type} of config.json
   * @param named the class that tokenizer_config.json, else config.json, names
   * @param byteLevel whether tokenizer.json is byte-level
   */
  static TokenizerClass of(@Nullable String modelType, @Nullable String named, boolean byteLevel) {
    String type = modelType == null ? "" : modelType.toLowerCase(Locale.ROOT);
    if (type.equals("qwen2")) {
      return QWEN2;
    }
    if (AS_THE_FILE_SAYS.contains(type)) {
      return FILE;
    }
    if (named == null) {
      return UNNAMED.getOrDefault(type, FILE);
    }
    return switch (named) {
      case "Qwen2Tokenizer", "Qwen2TokenizerFast" -> QWEN2;
      case "LlamaTokenizer", "LlamaTokenizerFast" -> byteLevel ? FILE : LLAMA;
      case "GemmaTokenizer", "GemmaTokenizerFast" -> byteLevel ? FILE : GEMMA;
      default -> FILE;
    };
  }

  /** The named tokens of the class, where the files do not mention the name at all. */
  Map<String, String> defaults() {
    return switch (this) {
      case FILE -> Map.of();
      case QWEN2 ->
          Map.of(
              "unk_token", "<|endoftext|>",
              "eos_token", "<|endoftext|>",
              "pad_token", "<|endoftext|>");
      case LLAMA -> Map.of("unk_token", "<unk>", "bos_token", "<s>", "eos_token", "</s>");
      case GEMMA ->
          Map.of(
              "unk_token", "<unk>",
              "bos_token", "<bos>",
              "eos_token", "<eos>",
              "pad_token", "<pad>",
              "mask_token", "<mask>");
    };
  }

  /** The top-level values of tokenizer.json that the class brings itself, as JSON. */
  Map<String, String> replacements(JsonNode config) {
    Map<String, String> replaced = new HashMap<>();
    JsonNode addPrefixSpace = config.path("add_prefix_space");
    if (this == QWEN2) {
      replaced.put("normalizer", "{\"type\":\"NFC\"}");
      replaced.put("pre_tokenizer", qwen2Split(addPrefixSpace.asBoolean(false)));
      replaced.put("decoder", byteLevel(true, true).toString());
    } else if (this == LLAMA) {
      boolean prefix = addPrefixSpace.isBoolean() ? addPrefixSpace.booleanValue() : true;
      boolean legacy = config.path("legacy").asBoolean(false);
      replaced.put("normalizer", "null");
      replaced.put("pre_tokenizer", metaspace(prefix ? legacy ? "always" : "first" : "never"));
      replaced.put("decoder", pieceDecoder(prefix));
    } else if (this == GEMMA) {
      replaced.put(
          "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"▁\"}");
      replaced.put(
          "pre_tokenizer",
          "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":false}");
      replaced.put("decoder", pieceDecoder(false));
    }
    return replaced;
  }

  private static ObjectNode byteLevel(boolean addPrefixSpace, boolean useRegex) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", addPrefixSpace)
        .put("trim_offsets", true)
        .put("use_regex", useRegex);
  }

  private static String qwen2Split(boolean addPrefixSpace) {
    ObjectNode split = JsonNodeFactory.instance.objectNode().put("type", "Split");
    split.putObject("pattern").put("Regex", QWEN2_SPLIT);
    split.put("behavior", "Isolated").put("invert", false);
    ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
    sequence.putArray("pretokenizers").add(split).add(byteLevel(addPrefixSpace, false));
    return sequence.toString();
  }

  private static String metaspace(String prependScheme) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "Metaspace")
        .put("replacement", "▁")
        .put("prepend_scheme", prependScheme)
        .put("split", false)
        .toString();
  }

  private static String pieceDecoder(boolean strip) {
    String space =
        "{\"type\":\"Replace\",\"pattern\":{\"String\":\"▁\"},\"content\":\" \"},"
            + "{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}";
    String start = ",{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}";
    return "{\"type\":\"Sequence\",\"decoders\":[" + space + (strip ? start : "") + "]}";
  }
}
