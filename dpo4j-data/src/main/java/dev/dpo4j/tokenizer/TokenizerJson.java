/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.io.ParserText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Holds what is needed of a {@code tokenizer.json}: its text, its vocabulary and its added tokens.
 *
 * <p>The file is read as a stream and edited as text where it must be, because a large vocabulary
 * costs ten times its size as a tree.
 */
final class TokenizerJson {
  /** An entry of {@code added_tokens}: a text that is found before the model sees the rest. */
  record AddedToken(
      int id,
      String content,
      boolean singleWord,
      boolean lstrip,
      boolean rstrip,
      boolean normalized,
      boolean special) {
    static AddedToken special(int id, String content) {
      return new AddedToken(id, content, false, false, false, false, true);
    }
  }

  /** Where the value of a top-level key stands in the text. */
  private record Value(int start, int end) {}

  private static final String FILE_NAME = "tokenizer.json";
  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder().maxNameLength(1_000_000).maxDocumentLength(1L << 30).build();
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(LIMITS)
          // A vocabulary is a hundred thousand different names: remembering them only costs.
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .build();

  private final Path file;
  private final String text;
  private final Map<String, Integer> vocabulary = new HashMap<>();
  private final Map<String, AddedToken> addedTokens = new LinkedHashMap<>();
  private final Map<String, Value> values = new HashMap<>();
  private int modelVocabularySize;

  private TokenizerJson(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  static TokenizerJson read(TextFiles files) {
    Path file = files.path(FILE_NAME);
    TokenizerJson json = new TokenizerJson(file, readText(files, file));
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json.text)) {
      json.parse(parser);
    } catch (JacksonException e) {
      throw new TokenizerException(
          "%s is not valid JSON: %s. Copy the file again from the model's source."
              .formatted(file, ParserText.plain(e.getOriginalMessage())),
          e);
    }
    if (json.vocabulary.isEmpty()) {
      throw new TokenizerException(
          "%s holds no vocabulary: expected model.vocab. It is not a tokenizer.json of the tokenizers library."
              .formatted(file));
    }
    json.addedTokens.values().forEach(token -> json.vocabulary.put(token.content(), token.id()));
    return json;
  }

  /** Token to id, added tokens included. */
  Map<String, Integer> vocabulary() {
    return vocabulary;
  }

  Map<String, AddedToken> addedTokens() {
    return addedTokens;
  }

  /** The ids of the added tokens that are special. */
  Set<Integer> specialIds() {
    return addedTokens.values().stream()
        .filter(AddedToken::special)
        .map(AddedToken::id)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The ids of all added tokens. */
  Set<Integer> addedIds() {
    return addedTokens.values().stream()
        .map(AddedToken::id)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Declares a token as the configuration gives it; returns whether that changes anything. */
  boolean declare(String content, @Nullable AddedToken flags) {
    AddedToken present = addedTokens.get(content);
    Integer known = vocabulary.get(content);
    int id = present != null ? present.id() : known != null ? known : nextId();
    AddedToken wanted =
        flags == null
            ? (present != null ? present : AddedToken.special(id, content))
            : new AddedToken(
                id,
                content,
                flags.singleWord(),
                flags.lstrip(),
                flags.rstrip(),
                flags.normalized(),
                flags.special());
    vocabulary.put(content, id);
    return !wanted.equals(addedTokens.put(content, wanted));
  }

  /** Gives a token the next id; false where the vocabulary has it already. */
  boolean add(NewToken token) {
    if (vocabulary.containsKey(token.content())) {
      return false;
    }
    int id = nextId();
    vocabulary.put(token.content(), id);
    addedTokens.put(
        token.content(),
        new AddedToken(
            id,
            token.content(),
            token.singleWord(),
            token.lstrip(),
            token.rstrip(),
            token.normalized(),
            token.special()));
    return true;
  }

  /** One more than the largest id. */
  int size() {
    return 1 + vocabulary.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
  }

  private int nextId() {
    int largest = addedTokens.values().stream().mapToInt(AddedToken::id).max().orElse(-1);
    return Math.max(largest + 1, modelVocabularySize);
  }

  /**
   * The text to load: the file's own with some of its top-level values replaced.
   *
   * @param replacements JSON by key; a key that the file lacks is added
   */
  String text(Map<String, String> replacements) {
    StringBuilder edited = new StringBuilder(text.length() + 1024);
    StringBuilder added = new StringBuilder();
    TreeMap<Integer, String> byPlace = new TreeMap<>();
    replacements.forEach(
        (name, json) -> {
          Value value = values.get(name);
          if (value == null) {
            added.append('"').append(name).append("\":").append(json).append(',');
          } else {
            byPlace.put(value.start(), name);
          }
        });
    int copied = text.indexOf('{') + 1;
    edited.append(text, 0, copied).append(added);
    for (String name : byPlace.values()) {
      Value value = Objects.requireNonNull(values.get(name));
      edited.append(text, copied, value.start()).append(replacements.get(name));
      copied = value.end();
    }
    return edited.append(text, copied, text.length()).toString();
  }

  /** The added tokens in the order of their ids. */
  List<NewToken> inOrder() {
    return addedTokens.values().stream()
        .sorted(Comparator.comparingInt(AddedToken::id))
        .map(
            token ->
                new NewToken(
                    token.content(),
                    token.singleWord(),
                    token.lstrip(),
                    token.rstrip(),
                    token.normalized(),
                    token.special()))
        .toList();
  }

  /** The added tokens as JSON; the library wants them in the order of their ids. */
  String addedTokensJson() {
    ArrayNode tokens = JsonNodeFactory.instance.arrayNode();
    addedTokens.values().stream()
        .sorted(Comparator.comparingInt(AddedToken::id))
        .forEach(
            token ->
                tokens
                    .addObject()
                    .put("id", token.id())
                    .put("content", token.content())
                    .put("single_word", token.singleWord())
                    .put("lstrip", token.lstrip())
                    .put("rstrip", token.rstrip())
                    .put("normalized", token.normalized())
                    .put("special", token.special()));
    return tokens.toString();
  }

  /** Whether the text is split into bytes, as GPT-2 does it, and not into pieces with "▁". */
  boolean isByteLevel() {
    return Stream.of("pre_tokenizer", "decoder")
        .map(values::get)
        .anyMatch(
            value ->
                value != null
                    && text.substring(value.start(), value.end()).contains("\"ByteLevel\""));
  }

  private static String readText(TextFiles files, Path file) {
    try {
      return files.read(FILE_NAME);
    } catch (NoSuchFileException e) {
      throw new TokenizerException(missing(files, file), e);
    } catch (CharacterCodingException e) {
      throw new TokenizerException(
          "%s is not valid UTF-8. Copy the file again from the model's source.".formatted(file), e);
    } catch (IOException e) {
      throw new TokenizerException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  private static String missing(TextFiles files, Path file) {
    String present =
        Stream.of("tokenizer.model", "tekken.json", "vocab.json", "vocab.txt")
            .filter(files::has)
            .map(name -> "; there is a %s, which is not read".formatted(name))
            .findFirst()
            .orElse("");
    String folder = String.valueOf(files.model());
    return ("%s does not exist%s. A model folder needs the tokenizer.json of a fast tokenizer. Python's transformers writes one (pip install transformers sentencepiece protobuf): "
            + "python -c \"from transformers import AutoTokenizer; AutoTokenizer.from_pretrained('%s').save_pretrained('%s')\"")
        .formatted(file, present, folder, folder);
  }

  private void parse(JsonParser parser) {
    expect(parser.nextToken() == JsonToken.START_OBJECT, "an object");
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      int start = (int) parser.currentTokenLocation().getCharOffset();
      if ("model".equals(name) && value == JsonToken.START_OBJECT) {
        parseModel(parser);
      } else if ("added_tokens".equals(name) && value == JsonToken.START_ARRAY) {
        while (parser.nextToken() == JsonToken.START_OBJECT) {
          parseAddedToken(parser);
        }
      } else if (value.isScalarValue()) {
        // Reads the value to its end, so that the place behind it is known.
        parser.finishToken();
      } else {
        parser.skipChildren();
      }
      values.put(name, new Value(start, (int) parser.currentLocation().getCharOffset()));
    }
  }

  private void parseModel(JsonParser parser) {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean vocab = "vocab".equals(parser.currentName());
      JsonToken value = parser.nextToken();
      if (vocab && value == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String token = parser.currentName();
          expect(parser.nextToken() == JsonToken.VALUE_NUMBER_INT, "an id for every token");
          vocabulary.put(token, parser.getIntValue());
        }
      } else if (vocab && value == JsonToken.START_ARRAY) {
        parseScoredVocabulary(parser);
      } else {
        parser.skipChildren();
      }
    }
    modelVocabularySize = vocabulary.size();
  }

  /** Reads the form of Unigram models: a list of [token, score], the place being the id. */
  private void parseScoredVocabulary(JsonParser parser) {
    int id = 0;
    while (parser.nextToken() == JsonToken.START_ARRAY) {
      expect(parser.nextToken() == JsonToken.VALUE_STRING, "[token, score] entries");
      vocabulary.putIfAbsent(parser.getString(), id++);
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
      }
    }
  }

  private void parseAddedToken(JsonParser parser) {
    Map<String, Object> fields = new HashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      switch (parser.nextToken()) {
        case VALUE_STRING -> fields.put(name, parser.getString());
        case VALUE_NUMBER_INT -> fields.put(name, parser.getIntValue());
        case VALUE_TRUE -> fields.put(name, true);
        case VALUE_FALSE -> fields.put(name, false);
        default -> parser.skipChildren();
      }
    }
    if (!(fields.get("id") instanceof Integer id)
        || !(fields.get("content") instanceof String content)) {
      throw unexpected("id and content in every entry of added_tokens");
    }
    boolean special = Boolean.TRUE.equals(fields.get("special"));
    addedTokens.put(
        content,
        new AddedToken(
            id,
            content,
            Boolean.TRUE.equals(fields.get("single_word")),
            Boolean.TRUE.equals(fields.get("lstrip")),
            Boolean.TRUE.equals(fields.get("rstrip")),
            fields.get("normalized") instanceof Boolean normalized ? normalized : !special,
            special));
  }

  private void expect(boolean found, String what) {
    if (!found) {
      throw unexpected(what);
    }
  }

  private TokenizerException unexpected(String what) {
    return new TokenizerException(
        "%s is not a tokenizer.json of the tokenizers library: expected %s.".formatted(file, what));
  }
}
