/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.io.ParserText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the small files around {@code tokenizer.json}: which tokens have a name, which templates
 * there are, and which ids end a generation.
 *
 * <p>The order of precedence is that of transformers 5: {@code special_tokens_map.json} counts only
 * where {@code tokenizer_config.json} has no {@code added_tokens_decoder}; template files beat the
 * entry in the configuration; {@code add_bos_token} and {@code add_eos_token} have no effect beside
 * a {@code tokenizer.json}, whose post-processor decides.
 */
final class TokenizerFiles {
  private static final List<String> NAMED =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");
  private static final String TEMPLATE = "chat_template.jinja";
  private static final ObjectMapper MAPPER = JsonMapper.shared();

  private final TextFiles files;
  private final JsonNode config;
  private final JsonNode specialTokensMap;

  TokenizerFiles(TextFiles files) {
    this.files = files;
    this.config = readObject(TextEdits.TOKENIZER_CONFIG);
    this.specialTokensMap =
        config.has("added_tokens_decoder")
            ? MissingNode.getInstance()
            : readObject(TextEdits.SPECIAL_TOKENS);
  }

  /** The named tokens; a class has its own for names that the files do not mention. */
  SpecialTokens specialTokens(TokenizerClass tokenizerClass) {
    Map<String, String> named = new LinkedHashMap<>();
    for (String name : NAMED) {
      JsonNode token = specialTokensMap.has(name) ? specialTokensMap.path(name) : config.path(name);
      String text = token.isMissingNode() ? tokenizerClass.defaults().get(name) : tokenText(token);
      if (text != null) {
        named.put(name, text);
      }
    }
    // Tokens that only one model family knows, such as image_token, are plain strings.
    for (Map.Entry<String, JsonNode> entry : config.properties()) {
      String name = entry.getKey();
      if (name.endsWith("_token") && !NAMED.contains(name) && entry.getValue().isString()) {
        named.put(name, entry.getValue().stringValue());
      }
    }
    return new SpecialTokens(named);
  }

  /** The tokenizer class that transformers takes for this folder. */
  TokenizerClass tokenizerClass(boolean byteLevel) {
    JsonNode model = readObject("config.json");
    String named = text(config.path("tokenizer_class"));
    return TokenizerClass.of(
        text(model.path("model_type")),
        named == null ? text(model.path("tokenizer_class")) : named,
        byteLevel);
  }

  JsonNode config() {
    return config;
  }

  /** The model folder or file. */
  Path model() {
    return files.model();
  }

  /** A text as JSON. */
  static String quote(String text) {
    return MAPPER.writeValueAsString(text);
  }

  /** The same files with some values changed. */
  TokenizerFiles edited(TextEdits edits) {
    Map<String, String> texts = new LinkedHashMap<>();
    edits
        .values()
        .forEach(
            (file, values) -> {
              if (file.equals(TextEdits.TOKENIZER)) {
                return; // too large for a tree, and it has been read
              }
              JsonNode present = readObject(file);
              ObjectNode root =
                  present.isObject() ? (ObjectNode) present : MAPPER.createObjectNode();
              values.forEach((key, json) -> root.set(key, MAPPER.readTree(json)));
              texts.put(file, root.toString());
            });
    String template = edits.template();
    if (template != null) {
      texts.put(TEMPLATE, template);
    }
    return new TokenizerFiles(files.with(texts, template != null));
  }

  private static @Nullable String text(JsonNode node) {
    return node.isString() ? node.stringValue() : null;
  }

  /** Declares the tokens of the configuration that the tokenizer does not hold. */
  boolean declareTokens(TokenizerJson json, SpecialTokens special) {
    boolean changed = false;
    Map<Integer, TokenizerJson.AddedToken> decoder = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : config.path("added_tokens_decoder").properties()) {
      JsonNode token = entry.getValue();
      String content = tokenText(token);
      if (content == null) {
        continue;
      }
      boolean isSpecial = token.path("special").asBoolean(false);
      int id = parseId(entry.getKey());
      decoder.put(
          id,
          new TokenizerJson.AddedToken(
              id,
              content,
              token.path("single_word").asBoolean(false),
              token.path("lstrip").asBoolean(false),
              token.path("rstrip").asBoolean(false),
              token.path("normalized").asBoolean(!isSpecial),
              isSpecial));
    }
    for (TokenizerJson.AddedToken token : decoder.values()) {
      changed |= json.declare(token.content(), token);
    }
    Set<String> rest = new LinkedHashSet<>(special.named().values());
    for (String key : List.of("extra_special_tokens", "additional_special_tokens")) {
      for (JsonNode list : List.of(config.path(key), specialTokensMap.path(key))) {
        list.valueStream()
            .map(TokenizerFiles::tokenText)
            .forEach(
                text -> {
                  if (text != null) {
                    rest.add(text);
                  }
                });
      }
    }
    for (String text : rest) {
      changed |= json.declare(text, null);
    }
    return changed;
  }

  private int parseId(String key) {
    try {
      return Integer.parseInt(key);
    } catch (NumberFormatException e) {
      throw new TokenizerException(
          "%s: added_tokens_decoder has the key \"%s\", expected a token id"
              .formatted(files.path("tokenizer_config.json"), key),
          e);
    }
  }

  /** Template name to source; "default" is the one for conversations without tools. */
  Map<String, String> chatTemplates() {
    Map<String, String> templates = new LinkedHashMap<>();
    if (files.has(TEMPLATE)) {
      templates.put("default", files.readLines(TEMPLATE));
    }
    templates.putAll(files.readAll("additional_chat_templates", ".jinja"));
    return templates.isEmpty() ? templatesOfConfig() : templates;
  }

  private Map<String, String> templatesOfConfig() {
    Map<String, String> templates = new LinkedHashMap<>();
    JsonNode entry = config.path("chat_template");
    if (entry.isString()) {
      templates.put("default", entry.stringValue());
    } else if (entry.isArray()) {
      for (JsonNode named : entry) {
        if (!named.path("name").isString() || !named.path("template").isString()) {
          throw new TokenizerException(
              "%s: chat_template is a list and must hold {\"name\", \"template\"} objects but has %s"
                  .formatted(files.path("tokenizer_config.json"), named));
        }
        templates.put(named.path("name").stringValue(), named.path("template").stringValue());
      }
    }
    return templates;
  }

  /** The ids that end a generation: those of generation_config.json, else of config.json. */
  List<Integer> stopIds() {
    for (String file : List.of(TextEdits.GENERATION, TextEdits.CONFIG)) {
      JsonNode eos = readObject(file).path("eos_token_id");
      List<Integer> ids = new ArrayList<>();
      if (eos.isInt()) {
        ids.add(eos.intValue());
      }
      eos.valueStream().filter(JsonNode::isInt).forEach(id -> ids.add(id.intValue()));
      if (!ids.isEmpty()) {
        return ids;
      }
    }
    return List.of();
  }

  private static @Nullable String tokenText(JsonNode token) {
    JsonNode text = token.isObject() ? token.path("content") : token;
    return text.isString() ? text.stringValue() : null;
  }

  JsonNode readObject(String name) {
    if (!files.has(name)) {
      return MissingNode.getInstance();
    }
    try {
      JsonNode root = MAPPER.readTree(files.readLines(name));
      if (!root.isObject()) {
        throw new TokenizerException("%s must hold a JSON object".formatted(files.path(name)));
      }
      return root;
    } catch (JacksonException e) {
      throw new TokenizerException(
          "%s is not valid JSON: %s"
              .formatted(files.path(name), ParserText.plain(e.getOriginalMessage())),
          e);
    }
  }
}
