/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Changes single values in the text of a JSON file and not a byte beside them, so that numbers,
 * order and layout stay as their author wrote them.
 */
public final class ConfigText {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** What transformers 5 calls a tokenizer that is all in tokenizer.json. */
  private static final Set<String> OF_VERSION_5 =
      Set.of("TokenizersBackend", "PythonBackend", "SentencePieceBackend", "MistralCommonBackend");

  private static final String DTYPE = "dtype";
  private static final String OLD_DTYPE = "torch_dtype";

  private ConfigText() {}

  /**
   * The text of a config.json with another element type.
   *
   * @param untied whether the head, which the file may tie, has a matrix of its own now
   */
  public static String adapt(Path config, DType dtype, boolean untied) {
    String text = ModelJson.readText(config);
    ObjectNode root = ModelJson.parse(config, text);
    refuseStructure(config, root);
    Map<String, String> values = new LinkedHashMap<>();
    // The type stands under its old name, its new one or both: what is there is changed.
    String type = '"' + dtype.torchName() + '"';
    if (root.has(DTYPE) || !root.has(OLD_DTYPE)) {
      values.put(DTYPE, type);
    }
    if (root.has(OLD_DTYPE)) {
      values.put(OLD_DTYPE, type);
    }
    if (untied) {
      values.put("tie_word_embeddings", "false");
    }
    RopeNames.old(root).forEach((name, value) -> values.put(name, value.toString()));
    String adapted = replace(text, values);
    // What is saved is no longer packed.
    return root.has(StoredQuantisation.KEY) ? without(adapted, StoredQuantisation.KEY) : adapted;
  }

  /** The text without a key. */
  private static String without(String text, String key) {
    String mark = "\"" + key + "\"\\s*:\\s*null";
    String marked = replace(text, Map.of(key, "null"));
    String last = marked.replaceFirst(",\\s*" + mark + "(?=\\s*\\})", "");
    return last.replaceFirst(mark + "\\s*,?\\s*", "");
  }

  /**
   * The text of a config.json as that of a reward model: a classifier with one label.
   *
   * @param config a config.json of a language model or of a reward model
   * @param reward what it becomes
   */
  public static String rewarding(Path config, ModelConfig reward) {
    String text = ModelJson.readText(config);
    ObjectNode root = ModelJson.parse(config, text);
    Map<String, String> values = new LinkedHashMap<>();
    values.put("pad_token_id", String.valueOf(reward.padTokenId()));
    String name = ModelHead.REWARD.className(reward.architecture()).orElseThrow();
    if (!name.equals(root.path("architectures").path(0).asString(""))) {
      values.put("architectures", "[\"" + name + "\"]");
      values.put("id2label", "{\"0\": \"LABEL_0\"}");
      values.put("label2id", "{\"LABEL_0\": 0}");
      if (root.has("num_labels")) {
        values.put("num_labels", "1");
      }
    }
    return replace(text, values);
  }

  /** The text of a tokenizer_config.json in which a token pads. */
  public static String padding(Path config, String padToken) {
    String text = ModelJson.readText(config);
    ObjectNode root = ModelJson.parse(config, text);
    return root.path("pad_token").isNull() || root.path("pad_token").isMissingNode()
        ? replace(text, Map.of("pad_token", ModelJson.quote(padToken)))
        : text;
  }

  /**
   * The text of a tokenizer_config.json that transformers 4 and 5 load alike. Version 5 names
   * classes and gives lists that version 4 does not know.
   */
  public static String adaptTokenizer(Path config) {
    String text = ModelJson.readText(config);
    ObjectNode root = ModelJson.parse(config, text);
    Map<String, String> values = new LinkedHashMap<>();
    if (OF_VERSION_5.contains(root.path("tokenizer_class").asString(""))) {
      values.put("tokenizer_class", "\"PreTrainedTokenizerFast\"");
    }
    JsonNode special = root.path("extra_special_tokens");
    if (special.isArray()) {
      values.put("extra_special_tokens", "{}");
      if (!root.has("additional_special_tokens") && !special.isEmpty()) {
        values.put("additional_special_tokens", special.toString());
      }
    }
    return replace(text, values);
  }

  /** Whether a config.json is that of a model with vision, of which the text part is taken. */
  public static boolean hasVision(Path config) {
    return ModelConfigReader.hasVision(ModelJson.read(config));
  }

  private static void refuseStructure(Path file, ObjectNode root) {
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      String name = field.getKey();
      if ((name.equals(DTYPE) || name.equals(OLD_DTYPE)) && field.getValue().isContainer()) {
        throw new ModelConfigException(
            file.toString(), List.of(name + ": found an object, expected text"));
      }
    }
  }

  /** The text of a JSON file; a file that holds no object is refused. */
  public static String read(Path file) {
    String text = ModelJson.readText(file);
    ModelJson.parse(file, text);
    return text;
  }

  /** A whole number at the top of a JSON file; empty where there is none. */
  public static OptionalInt number(Path file, String key) {
    JsonNode value = ModelJson.parse(file, ModelJson.readText(file)).path(key);
    return value.isInt() ? OptionalInt.of(value.intValue()) : OptionalInt.empty();
  }

  /**
   * Gives top-level keys other values; a key that the text lacks is put at its beginning.
   *
   * @param text a sound JSON object
   * @param values JSON by key
   */
  public static String replace(String text, Map<String, String> values) {
    Map<String, String> left = new LinkedHashMap<>(values);
    StringBuilder body = new StringBuilder();
    int copied;
    boolean empty = true;
    int behindBrace;
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      behindBrace = (int) parser.currentTokenLocation().getCharOffset() + 1;
      copied = behindBrace;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        empty = false;
        String value = left.remove(parser.currentName());
        parser.nextToken();
        int begin = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        parser.finishToken(); // A string is read to its end only when it is asked for.
        if (value != null) {
          body.append(text, copied, begin).append(value);
          copied = (int) parser.currentLocation().getCharOffset();
        }
      }
    }
    body.append(text, copied, text.length());
    StringBuilder result = new StringBuilder(text.substring(0, behindBrace));
    String last = empty ? "\n" : ",";
    int more = left.size();
    for (Map.Entry<String, String> added : left.entrySet()) {
      more--;
      result.append("\n  \"").append(added.getKey()).append("\": ").append(added.getValue());
      result.append(more > 0 ? "," : last);
    }
    return result.append(body).toString();
  }
}
