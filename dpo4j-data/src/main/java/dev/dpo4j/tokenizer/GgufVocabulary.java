/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.gguf.PreTokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tokenizer and its chat template as the keys of a GGUF file, so that llama.cpp finds the same
 * ids in a text.
 *
 * <p>llama.cpp knows two kinds: merges of bytes, with a name for how a text is split before, and
 * SentencePiece's pieces with scores. Whether a text begins with a token and ends with one is what
 * this tokenizer does, whatever its files say of it.
 */
public final class GgufVocabulary {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private static final String PREFIX = "tokenizer.ggml.";
  private static final Pattern BYTE_PIECE = Pattern.compile("<0x[0-9A-F]{2}>");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNameLength(1_000_000)
                          .maxDocumentLength(1L << 30)
                          .build())
                  .build())
          .build();

  private final HfTokenizer tokenizer;
  private final int rows;
  private final GgufArchitecture architecture;
  private final JsonNode definition;
  private final Map<String, Object> keys = new LinkedHashMap<>();

  private GgufVocabulary(HfTokenizer tokenizer, int rows, GgufArchitecture architecture) {
    this.tokenizer = tokenizer;
    this.rows = rows;
    this.architecture = architecture;
    this.definition = JSON.readTree(tokenizer.definition());
  }

  /**
   * The keys of a file.
   *
   * @param rows rows of the model's embedding: as many tokens are listed
   * @param architecture the family of the model, which may have a name of its own for a way to
   *     split texts
   * @throws TokenizerException when llama.cpp knows no such tokenizer
   */
  public static Map<String, Object> keys(
      HfTokenizer tokenizer, int rows, GgufArchitecture architecture) {
    GgufVocabulary vocabulary = new GgufVocabulary(tokenizer, rows, architecture);
    vocabulary.addModel();
    vocabulary.addSpecialTokens();
    vocabulary.addTemplates();
    return vocabulary.keys;
  }

  private TokenizerException unknown(String what) {
    return new TokenizerException(
        "%s: llama.cpp cannot have this tokenizer: %s. Export to safetensors instead."
            .formatted(tokenizer.folder(), what));
  }

  private void addModel() {
    JsonNode model = definition.path("model");
    if (!model.path("type").asString("BPE").equals("BPE")) {
      throw unknown("its model is %s, expected BPE".formatted(model.path("type")));
    }
    boolean pieces = model.path("byte_fallback").asBoolean(false);
    keys.put(PREFIX + "model", pieces ? "llama" : "gpt2");
    if (pieces) {
      keys.put(PREFIX + "pre", "default");
      addTokens(true);
      keys.put(PREFIX + "scores", scores(model));
      keys.put(PREFIX + "add_space_prefix", addsSpace());
    } else {
      keys.put(PREFIX + "pre", splitting(model).name(architecture));
      addTokens(false);
      List<String> merges = new ArrayList<>();
      merges(model).forEach(merge -> merges.add(merge.left() + " " + merge.right()));
      keys.put(PREFIX + "merges", merges);
    }
  }

  /** A pair that is merged. */
  private record Merge(String left, String right) {}

  private static List<Merge> merges(JsonNode model) {
    List<Merge> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      if (merge.isArray()) {
        merges.add(new Merge(merge.path(0).asString(), merge.path(1).asString()));
      } else {
        String text = merge.asString();
        int space = text.indexOf(' ', 1);
        merges.add(new Merge(text.substring(0, space), text.substring(space + 1)));
      }
    }
    return merges;
  }

  private PreTokenizer splitting(JsonNode model) {
    JsonNode normalizer = definition.path("normalizer");
    // llama.cpp composes no letters: texts that are not in NFC get other ids there.
    if (!normalizer.isNull()
        && !normalizer.isMissingNode()
        && !normalizer.path("type").asString("").equals("NFC")) {
      throw unknown("it changes texts by the normalizer " + normalizer);
    }
    JsonNode steps = definition.path("pre_tokenizer");
    return PreTokenizer.of(steps.toString(), model.path("ignore_merges").asBoolean(false))
        .orElseThrow(() -> unknown("the pre-tokenizer " + steps + " has no name there"));
  }

  private void addTokens(boolean pieces) {
    Optional<Integer> unknown = id(tokenizer.specialTokens().named().get("unk_token"));
    List<String> tokens = new ArrayList<>();
    int[] types = new int[rows];
    for (int id = 0; id < rows; id++) {
      String token = tokenizer.idToToken(id).orElse(null);
      tokens.add(token == null ? "[PAD" + id + "]" : token);
      if (token == null) {
        types[id] = UNUSED;
      } else if (pieces && unknown.isPresent() && unknown.get() == id) {
        types[id] = UNKNOWN;
      } else if (tokenizer.isAdded(id)) {
        types[id] = tokenizer.isSpecial(id) ? CONTROL : USER_DEFINED;
      } else {
        types[id] = pieces && BYTE_PIECE.matcher(token).matches() ? BYTE : NORMAL;
      }
    }
    keys.put(PREFIX + "tokens", tokens);
    keys.put(PREFIX + "token_type", types);
  }

  /**
   * Scores whose order is that of the merges: what is merged earlier has a higher one.
   *
   * @throws TokenizerException when merges into one piece stand apart, so that no score is right
   */
  private float[] scores(JsonNode model) {
    Map<String, Integer> first = new HashMap<>();
    String last = null;
    int rank = 0;
    for (Merge merge : merges(model)) {
      String piece = merge.left() + merge.right();
      if (!piece.equals(last) && first.putIfAbsent(piece, rank++) != null) {
        throw unknown(
            "the merges into \"%s\" do not stand together, so that it has no score"
                .formatted(piece));
      }
      last = piece;
    }
    float[] scores = new float[rows];
    for (int id = 0; id < rows; id++) {
      Integer merged = tokenizer.idToToken(id).map(first::get).orElse(null);
      scores[id] = -(float) (merged == null ? rank : merged);
    }
    return scores;
  }

  /** Whether a space is put before a text that does not begin with one. */
  private boolean addsSpace() {
    JsonNode normalizer = definition.path("normalizer");
    JsonNode steps = definition.path("pre_tokenizer");
    if (steps.path("type").asString("").equals("Metaspace")) {
      return !steps.path("prepend_scheme").asString("always").equals("never");
    }
    boolean replaces = normalizer.toString().contains("▁");
    boolean splits = !steps.isNull() && !steps.isMissingNode();
    boolean atSpaces = steps.path("pattern").path("String").asString("").equals(" ");
    if (!replaces || (splits && !atSpaces)) {
      throw unknown("the normalizer " + normalizer + " and the pre-tokenizer " + steps);
    }
    return normalizer.toString().contains("\"Prepend\"");
  }

  private Optional<Integer> id(@Nullable String token) {
    return token == null
        ? Optional.empty()
        : tokenizer.tokenToId(token).stream().boxed().filter(id -> id < rows).findFirst();
  }

  private void addSpecialTokens() {
    Map<String, String> named = tokenizer.specialTokens().named();
    Map<String, String> names =
        new TreeMap<>(
            Map.of(
                "bos", "bos_token",
                "eos", "eos_token",
                "unknown", "unk_token",
                "padding", "pad_token"));
    names.forEach(
        (name, attribute) ->
            id(named.get(attribute)).ifPresent(id -> keys.put(PREFIX + name + "_token_id", id)));
    Object eos = keys.get(PREFIX + "eos_token_id");
    for (int stop : tokenizer.stopIds()) {
      if (eos == null) {
        eos = stop;
        keys.put(PREFIX + "eos_token_id", stop);
      } else if (!eos.equals(stop)) {
        keys.putIfAbsent(PREFIX + "eot_token_id", stop);
      }
    }
    int[] plain = tokenizer.encode("a", false);
    int[] framed = tokenizer.encode("a", true);
    int added = framed.length - plain.length;
    boolean before = added > 0 && isAt(framed, 0, "bos");
    boolean after = added > 0 && isAt(framed, framed.length - 1, "eos");
    if (added != (before ? 1 : 0) + (after ? 1 : 0)) {
      throw unknown(
          "it puts %d tokens around a text, expected BOS before it and EOS behind it at most"
              .formatted(added));
    }
    keys.put(PREFIX + "add_bos_token", before);
    keys.put(PREFIX + "add_eos_token", after);
  }

  private boolean isAt(int[] ids, int place, String name) {
    return Integer.valueOf(ids[place]).equals(keys.get(PREFIX + name + "_token_id"));
  }

  private void addTemplates() {
    Map<String, String> sources = new TreeMap<>(tokenizer.chatTemplates().sources());
    String main = sources.remove("default");
    if (main != null) {
      keys.put("tokenizer.chat_template", main);
    }
    if (!sources.isEmpty()) {
      keys.put("tokenizer.chat_templates", List.copyOf(sources.keySet()));
      sources.forEach((name, text) -> keys.put("tokenizer.chat_template." + name, text));
    }
  }
}
