/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@link TextChanges} become in the files of one model.
 *
 * @param template the text of chat_template.jinja, beside which no other template counts; null
 *     where templates stay
 * @param values JSON by the key at the top of a file, by the name of the file
 * @param added the tokens that the vocabulary did not have, in the order of their ids
 */
public record TextEdits(
    @Nullable String template, Map<String, Map<String, String>> values, List<String> added) {
  static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  static final String SPECIAL_TOKENS = "special_tokens_map.json";
  static final String GENERATION = "generation_config.json";
  static final String CONFIG = "config.json";
  static final String TOKENIZER = "tokenizer.json";
  static final String ADDED_TOKENS = "added_tokens";
  static final String EOS_TOKEN = "eos_token";
  static final String BOS_TOKEN = "bos_token";
  static final String CHAT_TEMPLATE = "chat_template";

  /** Nothing is edited. */
  public static final TextEdits NONE = new TextEdits(null, Map.of(), List.of());

  /** The embedding of a grown vocabulary has a multiple of so many rows, as in TRL. */
  private static final int MULTIPLE = 64;

  /** Keeps the order. */
  public TextEdits {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    added = List.copyOf(added);
  }

  /** Whether all files stay as they are. */
  public boolean isEmpty() {
    return template == null && values.isEmpty();
  }

  /**
   * Works out the edits for a model.
   *
   * @throws UnknownTokenException if the vocabulary lacks a token
   */
  static TextEdits of(TextChanges changes, TokenizerFiles files, TokenizerJson json) {
    if (changes.isEmpty()) {
      return NONE;
    }
    Map<String, Map<String, String>> values = new LinkedHashMap<>();
    List<String> added = add(changes, json);
    if (!added.isEmpty()) {
      set(values, TOKENIZER, ADDED_TOKENS, json.addedTokensJson());
    }
    Map<String, Integer> vocabulary = json.vocabulary();
    String template = changes.chatTemplate();
    if (template != null && files.config().has(CHAT_TEMPLATE)) {
      // Older versions of transformers read it here.
      set(values, TOKENIZER_CONFIG, CHAT_TEMPLATE, TokenizerFiles.quote(template));
    }
    String eos = changes.eosToken();
    if (eos != null) {
      end(values, eos, id(eos, files, vocabulary), files);
    }
    String bos = changes.bosToken();
    if (bos != null) {
      id(bos, files, vocabulary);
      name(values, BOS_TOKEN, bos, files);
    }
    return new TextEdits(template, values, added);
  }

  /** Adds what the vocabulary lacks, under the ids that transformers gives. */
  private static List<String> add(TextChanges changes, TokenizerJson json) {
    List<String> added = new ArrayList<>();
    for (NewToken token : changes.tokens()) {
      if (json.add(token)) {
        added.add(token.content());
      }
    }
    if (!added.isEmpty() && changes.growth() == TextChanges.Growth.FILLED) {
      int rows = multiple(json.size());
      for (int i = 0; json.size() < rows; i++) {
        String filler = "<extra_id_" + i + ">";
        if (json.add(NewToken.text(filler))) {
          added.add(filler);
        }
      }
    }
    return added;
  }

  /**
   * The rows that an embedding has after the edits.
   *
   * @param growth how it follows the vocabulary
   * @param present its rows before
   * @param size one more than the largest id
   */
  int rows(TextChanges.Growth growth, int present, int size) {
    boolean filled = growth == TextChanges.Growth.FILLED && !added.isEmpty();
    boolean lacking = growth != TextChanges.Growth.NONE && size > present;
    return filled || lacking ? multiple(size) : present;
  }

  private static int multiple(int size) {
    return (size + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
  }

  private static void end(
      Map<String, Map<String, String>> values, String eos, int id, TokenizerFiles files) {
    name(values, EOS_TOKEN, eos, files);
    List<Integer> stops = new ArrayList<>(List.of(id));
    files.stopIds().stream().filter(stop -> stop != id).forEach(stops::add);
    set(values, GENERATION, "eos_token_id", stops.toString());
    set(values, CONFIG, "eos_token_id", String.valueOf(id));
  }

  private static void name(
      Map<String, Map<String, String>> values, String name, String token, TokenizerFiles files) {
    String quoted = TokenizerFiles.quote(token);
    set(values, TOKENIZER_CONFIG, name, quoted);
    if (files.readObject(SPECIAL_TOKENS).has(name)) {
      set(values, SPECIAL_TOKENS, name, quoted);
    }
  }

  private static int id(String token, TokenizerFiles files, Map<String, Integer> vocabulary) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new UnknownTokenException(
          token,
          "%s is no token of %s. Take a token of its vocabulary, or let the vocabulary grow by it with resize_vocab"
              .formatted(token, files.model()));
    }
    return id;
  }

  private static void set(
      Map<String, Map<String, String>> values, String file, String key, String json) {
    values.computeIfAbsent(file, name -> new LinkedHashMap<>()).put(key, json);
  }
}
