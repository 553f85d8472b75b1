/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tokenizer and the chat template of a GGUF file, as the text files that a Hugging Face folder
 * would hold.
 *
 * <p>A file keeps tokens and merges, and of the splitting before the merges only a name; the
 * pattern of the name is that of the model family's own tokenizer.
 */
public final class GgufTokenizer {
  private static final String PRE = "tokenizer.ggml.pre";
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private final GgufFile file;
  private final JsonNodeFactory json = JsonNodeFactory.instance;
  private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
  private final List<String> tokens;

  private GgufTokenizer(GgufFile file) {
    this.file = file;
    this.tokens = texts("tokenizer.ggml.tokens");
    for (String token : tokens) {
      if (vocabulary.put(token, vocabulary.size()) != null) {
        throw faulty("tokenizer.ggml.tokens", "holds \"" + token + "\" twice");
      }
    }
  }

  /**
   * The files by name: {@code tokenizer.json}, {@code tokenizer_config.json}, {@code
   * generation_config.json} and, where the file has a template, {@code chat_template.jinja}.
   *
   * @throws GgufException when the tokenizer is missing, damaged or of a kind that is not known
   */
  public static Map<String, String> files(GgufFile file) {
    return new GgufTokenizer(file).files();
  }

  private Map<String, String> files() {
    String model = file.text("tokenizer.ggml.model").orElse("none");
    String pre = file.text(PRE).orElse("none");
    ObjectNode tokenizer = json.objectNode().put("version", "1.0");
    tokenizer.putNull("truncation").putNull("padding").set("added_tokens", addedTokens());
    String tokenizerClass =
        switch (model) {
          case "gpt2" -> byteLevel(tokenizer, pre);
          case "llama" -> pieces(tokenizer);
          default ->
              throw faulty(
                  "tokenizer.ggml.model", "is \"" + model + "\", expected gpt2 (BPE) or llama");
        };
    boolean llama3 = pre.startsWith("llama");
    boolean addBos = flag("tokenizer.ggml.add_bos_token", model.equals("llama") || llama3);
    tokenizer.set(
        "post_processor", postProcessor(addBos, flag("tokenizer.ggml.add_eos_token", false)));
    Map<String, String> files = new LinkedHashMap<>();
    files.put("tokenizer.json", tokenizer.toString());
    files.put("tokenizer_config.json", config(tokenizerClass).toPrettyString() + "\n");
    files.put("generation_config.json", generation().toPrettyString() + "\n");
    file.text("tokenizer.chat_template")
        .ifPresent(template -> files.put("chat_template.jinja", template));
    return files;
  }

  private GgufException faulty(String key, String fault) {
    return new GgufException(
        file.path(), key + " " + fault, "Take another file, or the model as safetensors.");
  }

  private List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    if (file.metadata().get(key) instanceof List<?> list) {
      for (Object item : list) {
        if (!(item instanceof String text)) {
          throw faulty(key, "holds " + item + ", expected texts");
        }
        texts.add(text);
      }
    }
    if (texts.isEmpty()) {
      throw faulty(key, "is missing or empty, expected a list of texts");
    }
    return texts;
  }

  private boolean flag(String key, boolean absent) {
    return file.metadata().get(key) instanceof Boolean value ? value : absent;
  }

  /** Control tokens and those of the user are found in a text before it is split. */
  private ArrayNode addedTokens() {
    ArrayNode added = json.arrayNode();
    if (file.metadata().get("tokenizer.ggml.token_type") instanceof List<?> types) {
      for (int id = 0; id < Math.min(types.size(), tokens.size()); id++) {
        boolean control = Long.valueOf(CONTROL).equals(types.get(id));
        if (control || Long.valueOf(USER_DEFINED).equals(types.get(id))) {
          added
              .addObject()
              .put("id", id)
              .put("content", tokens.get(id))
              .put("single_word", false)
              .put("lstrip", false)
              .put("rstrip", false)
              .put("normalized", false)
              .put("special", control);
        }
      }
    }
    return added;
  }

  /** Fills in a tokenizer over bytes; returns its class. */
  private String byteLevel(ObjectNode tokenizer, String pre) {
    PreTokenizer splitting =
        PreTokenizer.ofName(pre)
            .orElseThrow(
                () ->
                    faulty(PRE, "is \"" + pre + "\", expected one of " + PreTokenizer.allNames()));
    boolean ownSteps = splitting == PreTokenizer.QWEN2; // The class brings its own steps.
    tokenizer.set(
        "pre_tokenizer", ownSteps ? PreTokenizer.byteLevel(false, true) : splitting.toJson());
    tokenizer.putNull("normalizer").set("decoder", PreTokenizer.byteLevel(true, true));
    ArrayNode merges = json.arrayNode();
    for (String merge : texts("tokenizer.ggml.merges")) {
      int space = merge.indexOf(' ', 1);
      if (space < 0
          || !vocabulary.containsKey(merge.substring(0, space))
          || !vocabulary.containsKey(merge.substring(space + 1))
          || !vocabulary.containsKey(merge.substring(0, space) + merge.substring(space + 1))) {
        throw faulty("tokenizer.ggml.merges", "holds \"" + merge + "\", which joins no tokens");
      }
      merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
    }
    tokenizer.set(
        "model", model(merges, null, false).put("ignore_merges", splitting.takesWholeWords()));
    return ownSteps ? "Qwen2Tokenizer" : "PreTrainedTokenizerFast";
  }

  private ObjectNode model(ArrayNode merges, @Nullable String unknown, boolean bytes) {
    ObjectNode model = json.objectNode().put("type", "BPE").putNull("dropout");
    model.put("unk_token", unknown).putNull("continuing_subword_prefix");
    model.putNull("end_of_word_suffix").put("fuse_unk", bytes).put("byte_fallback", bytes);
    ObjectNode ids = model.putObject("vocab");
    vocabulary.forEach(ids::put);
    model.set("merges", merges);
    return model;
  }

  /** A merge of two pieces, and how good the piece is that they make. */
  private record Merge(String left, String right, double score) {}

  /** Fills in a SentencePiece tokenizer as BPE with bytes for what it lacks; returns its class. */
  private String pieces(ObjectNode tokenizer) {
    if (!(file.metadata().get("tokenizer.ggml.scores") instanceof List<?> scores)
        || scores.size() != tokens.size()) {
      throw faulty("tokenizer.ggml.scores", "is missing or has not one number for each token");
    }
    Map<String, Integer> ids = new HashMap<>(vocabulary);
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String piece = tokens.get(id);
      if (!(scores.get(id) instanceof Double score)) {
        throw faulty("tokenizer.ggml.scores", "holds " + scores.get(id) + ", expected numbers");
      }
      List<Merge> ways = new ArrayList<>();
      for (int cut = 1; cut < piece.length(); cut++) {
        Merge way = new Merge(piece.substring(0, cut), piece.substring(cut), score);
        if (ids.containsKey(way.left()) && ids.containsKey(way.right())) {
          ways.add(way);
        }
      }
      ways.sort(
          Comparator.comparing((Merge way) -> ids.getOrDefault(way.left(), 0))
              .thenComparing(way -> ids.getOrDefault(way.right(), 0)));
      merges.addAll(ways);
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .thenComparingInt(merge -> merge.left().length())
            .thenComparingInt(merge -> merge.right().length())
            .reversed());
    ArrayNode list = json.arrayNode();
    merges.forEach(merge -> list.addArray().add(merge.left()).add(merge.right()));
    tokenizer.putNull("normalizer").putNull("pre_tokenizer").putNull("decoder");
    String unknown = token("tokenizer.ggml.unknown_token_id");
    tokenizer.set("model", model(list, unknown, true));
    return "LlamaTokenizer";
  }

  private @Nullable String token(String key) {
    return file.metadata().get(key) instanceof Long id && id >= 0 && id < tokens.size()
        ? tokens.get(id.intValue())
        : null;
  }

  private JsonNode postProcessor(boolean addBos, boolean addEos) {
    ObjectNode special = json.objectNode();
    ArrayNode single = json.arrayNode();
    ArrayNode pair = json.arrayNode();
    for (String sequence : List.of("A", "B")) {
      int type = sequence.equals("A") ? 0 : 1;
      for (ArrayNode form : sequence.equals("A") ? List.of(single, pair) : List.of(pair)) {
        part(addBos, "bos", type, form, special);
        form.addObject().putObject("Sequence").put("id", sequence).put("type_id", type);
        part(addEos, "eos", type, form, special);
      }
    }
    ObjectNode processor = json.objectNode().put("type", "TemplateProcessing");
    processor.set("single", single);
    processor.set("pair", pair);
    processor.set("special_tokens", special);
    return processor;
  }

  private void part(boolean wanted, String name, int type, ArrayNode form, ObjectNode special) {
    String key = "tokenizer.ggml." + name + "_token_id";
    String token = token(key);
    if (wanted && token != null && file.metadata().get(key) instanceof Long id) {
      form.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
      ObjectNode entry = special.putObject(token).put("id", token);
      entry.putArray("ids").add(id);
      entry.putArray("tokens").add(token);
    }
  }

  private ObjectNode config(String tokenizerClass) {
    ObjectNode config = json.objectNode().put("tokenizer_class", tokenizerClass);
    if (tokenizerClass.equals("LlamaTokenizer")) {
      config.put("add_prefix_space", flag("tokenizer.ggml.add_space_prefix", true));
    }
    Map.of(
            "bos_token", "bos",
            "eos_token", "eos",
            "pad_token", "padding",
            "unk_token", "unknown")
        .entrySet()
        .stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry ->
                config.put(
                    entry.getKey(), token("tokenizer.ggml." + entry.getValue() + "_token_id")));
    return config;
  }

  /** What ends an answer: the token of the end of a text, and that of the end of a turn. */
  private ObjectNode generation() {
    ObjectNode generation = json.objectNode();
    ArrayNode ends = json.arrayNode();
    for (String name : List.of("eos", "eot")) {
      if (file.metadata().get("tokenizer.ggml." + name + "_token_id") instanceof Long id
          && id < tokens.size()
          && ends.valueStream().noneMatch(end -> end.longValue() == id)) {
        ends.add(id);
      }
    }
    if (!ends.isEmpty()) {
      generation.set("eos_token_id", ends.size() == 1 ? ends.get(0) : ends);
    }
    return generation;
  }
}
