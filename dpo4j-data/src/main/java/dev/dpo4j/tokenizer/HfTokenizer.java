/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.JacksonCheck;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer read from a Hugging Face model folder ({@code tokenizer.json} and the small files
 * beside it) or from a GGUF file. Its ids are those of transformers.
 *
 * <p>Nothing is downloaded and no address is contacted.
 */
public final class HfTokenizer implements Tokenizer {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Names of the tokens that stand for what is no text. */
  private static final Pattern MEDIA =
      Pattern.compile("(boi|eoi|boa|eoa|.*(image|audio|video|vision).*)_token");

  private final Path folder;
  private final TextChanges changes;
  private final TextEdits edits;
  private final String fingerprint;
  private final long handle;
  private final Cleaner.Cleanable cleanable;
  private volatile boolean closed;
  private final Map<String, Integer> vocabulary;
  private final @Nullable String[] tokens;
  private final SpecialTokens specialTokens;
  private final ChatTemplates chatTemplates;
  private final List<Integer> stopIds;
  private final Set<Integer> specialIds;
  private final Set<Integer> addedIds;
  private final boolean byteLevel;
  private final List<NewToken> addedTokens;
  private final String checksum;
  private volatile int rows = Integer.MAX_VALUE;
  private volatile boolean resized;

  /** What the files of a model say, and what a class or changes put in their place. */
  private record Definition(
      TokenizerFiles files,
      TokenizerJson json,
      TokenizerClass tokenizerClass,
      TextEdits edits,
      Map<String, String> replaced) {
    static Definition read(TextFiles texts, TextChanges changes) {
      TokenizerFiles own = new TokenizerFiles(texts);
      TokenizerJson json = TokenizerJson.read(texts);
      TokenizerClass tokenizerClass = own.tokenizerClass(json.isByteLevel());
      boolean declared = own.declareTokens(json, own.specialTokens(tokenizerClass));
      TextEdits edits = TextEdits.of(changes, own, json);
      declared |= !edits.added().isEmpty();
      TokenizerFiles files = edits.isEmpty() ? own : own.edited(edits);
      Map<String, String> replaced = tokenizerClass.replacements(files.config());
      if (!edits.isEmpty()) {
        declared |= files.declareTokens(json, files.specialTokens(tokenizerClass));
      }
      if (declared) {
        replaced.put("added_tokens", json.addedTokensJson());
      }
      return new Definition(files, json, tokenizerClass, edits, replaced);
    }

    String text() {
      return json.text(replaced);
    }
  }

  private HfTokenizer(TextFiles texts, TextChanges changes) {
    this.folder = texts.model();
    this.changes = changes;
    Definition definition = Definition.read(texts, changes);
    TokenizerFiles files = definition.files();
    TokenizerJson json = definition.json();
    this.edits = definition.edits();
    this.specialTokens = files.specialTokens(definition.tokenizerClass());
    this.vocabulary = json.vocabulary();
    this.specialIds = json.specialIds();
    this.addedIds = json.addedIds();
    this.byteLevel = json.isByteLevel();
    this.addedTokens = json.inOrder();
    this.tokens = byId(folder, vocabulary);
    this.chatTemplates = new ChatTemplates(folder, files.chatTemplates());
    this.stopIds = stopIds(files);
    String text = definition.text();
    this.checksum = Checksums.of(text + "\n" + specialTokens.named());
    this.fingerprint = Checksums.of(text + "\n" + specialTokens + "\n" + files.config());
    long opened = NativeTokenizers.create(text, folder.resolve("tokenizer.json"));
    this.handle = opened;
    this.cleanable = CLEANER.register(this, () -> NativeTokenizers.delete(opened));
  }

  /** Reads the text of the whole definition again, which is too large to be kept. */
  String definition() {
    return Definition.read(TextFiles.of(folder), changes).text();
  }

  /** The folder or file it was read from. */
  Path folder() {
    return folder;
  }

  /** Whether an id is that of a token that was added to the trained vocabulary. */
  boolean isAdded(int id) {
    return addedIds.contains(id);
  }

  /**
   * Reads the tokenizer of a model folder or of a GGUF file.
   *
   * @throws TokenizerException if a file is missing, damaged or not understood
   * @throws dev.dpo4j.gguf.GgufException if a GGUF file is damaged or its tokenizer not known
   */
  public static HfTokenizer load(Path folder) {
    return load(folder, TextChanges.NONE);
  }

  /**
   * Reads the tokenizer of a model folder or of a GGUF file with another template or another end of
   * a sequence; see {@link #load(Path)}.
   *
   * @throws UnknownTokenException if the vocabulary lacks a token of the changes
   */
  public static HfTokenizer load(Path folder, TextChanges changes) {
    JacksonCheck.require();
    return new HfTokenizer(TextFiles.of(folder), changes);
  }

  /** Returns in what it differs from the files that it was read from. */
  public TextEdits edits() {
    return edits;
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  /** Returns the chat templates of the model folder; there may be none. */
  public ChatTemplates chatTemplates() {
    return chatTemplates;
  }

  /** Returns this tokenizer together with the chat templates of its folder. */
  public ChatTokenizer chat() {
    return new ChatTokenizer(this, chatTemplates);
  }

  /**
   * Returns the ids that end a generation: those of {@code generation_config.json}, else of {@code
   * config.json}, else the EOS token; empty if none is known.
   */
  public List<Integer> stopIds() {
    return stopIds;
  }

  /**
   * Returns the tokens that are found in a text before it is split, such as marks of a turn, in the
   * order of their ids.
   */
  public List<NewToken> addedTokens() {
    return addedTokens;
  }

  /**
   * Returns how many rows the embedding of the model needs.
   *
   * @param present the rows that it has
   */
  public int rows(int present) {
    return edits.rows(changes.growth(), present, tokens.length);
  }

  /**
   * Returns whether the vocabulary has grown by changes, or the embedding has been found too small.
   */
  public boolean hasGrown() {
    return resized || !edits.added().isEmpty();
  }

  /** Returns whether an id is that of a special token, such as EOS or the mark of a turn. */
  public boolean isSpecial(int id) {
    return specialIds.contains(id);
  }

  /**
   * Returns the bytes that a token of the trained vocabulary stands for; empty for tokens that were
   * added to it, and for an id without a token.
   */
  public Optional<byte[]> bytes(int id) {
    return addedIds.contains(id)
        ? Optional.empty()
        : idToToken(id).flatMap(token -> Optional.ofNullable(TokenBytes.of(token, byteLevel)));
  }

  /**
   * Refuses ids for which a model has no row in its embedding, now and in every text.
   *
   * <p>Tokens that stand for pictures, sound or films may lie beyond: a text model that shares its
   * tokenizer with a larger one never sees them. Where the embedding grows with the vocabulary, its
   * new rows count.
   *
   * @param present rows of the model's embedding as it was read
   * @throws TokenizerException if a token of the vocabulary has none
   */
  public void requireRows(int present) {
    int embeddingRows = rows(present);
    resized = embeddingRows != present;
    Set<String> media = new HashSet<>();
    specialTokens
        .named()
        .forEach(
            (name, token) -> {
              if (MEDIA.matcher(name).matches()) {
                media.add(token);
              }
            });
    for (int id = embeddingRows; id < tokens.length; id++) {
      String token = tokens[id];
      if (token != null && !media.contains(token)) {
        throw beyond(id, embeddingRows);
      }
    }
    rows = embeddingRows;
  }

  private TokenizerException beyond(int id, int embeddingRows) {
    return new TokenizerException(
        "%s: the token %s has the id %d, but the model's embedding has %d rows (vocab_size), for the ids 0 to %d; the largest id of the tokenizer is %d. Take the tokenizer that belongs to the model, remove the token, or give the embedding more rows with resize_vocab when the model is trained."
            .formatted(
                folder,
                idToToken(id).map(token -> "\"" + token + "\"").orElse("without a name"),
                id,
                embeddingRows,
                embeddingRows - 1,
                tokens.length - 1));
  }

  private int[] checkRows(int[] ids) {
    for (int id : ids) {
      if (id >= rows) {
        throw beyond(id, rows);
      }
    }
    return ids;
  }

  /** Returns the SHA-256 of all that decides which ids a text gets. */
  public String checksum() {
    return checksum;
  }

  @Override
  public int[] encode(String text, boolean addSpecialTokens) {
    checkText(text);
    try {
      return checkRows(NativeTokenizers.encode(open(), text, addSpecialTokens));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Encoding encodeWithOffsets(String text, boolean addSpecialTokens) {
    checkText(text);
    try {
      Encoding encoding = NativeTokenizers.encodeWithOffsets(open(), text, addSpecialTokens);
      checkRows(encoding.ids());
      return encoding;
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public String decode(int[] ids, boolean skipSpecialTokens) {
    for (int id : ids) {
      if (id < 0) {
        throw new IllegalArgumentException("a token id must be at least 0 but was " + id);
      }
    }
    try {
      return NativeTokenizers.decode(open(), ids, skipSpecialTokens);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public OptionalInt tokenToId(String token) {
    Integer id = vocabulary.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public Optional<String> idToToken(int id) {
    return id < 0 || id >= tokens.length ? Optional.empty() : Optional.ofNullable(tokens[id]);
  }

  @Override
  public int vocabSize() {
    return tokens.length;
  }

  @Override
  public SpecialTokens specialTokens() {
    return specialTokens;
  }

  @Override
  public void close() {
    closed = true;
    cleanable.clean();
  }

  private long open() {
    if (closed) {
      throw new IllegalStateException("the tokenizer is closed");
    }
    return handle;
  }

  private List<Integer> stopIds(TokenizerFiles files) {
    List<Integer> ids = files.stopIds();
    Integer eos = specialTokens.eos().map(vocabulary::get).orElse(null);
    return !ids.isEmpty() ? List.copyOf(ids) : eos == null ? List.of() : List.of(eos);
  }

  private static @Nullable String[] byId(Path folder, Map<String, Integer> vocabulary) {
    int size = 0;
    for (int id : vocabulary.values()) {
      size = Math.max(size, id + 1);
      // A damaged file must not make us reserve gigabytes.
      if (id < 0 || id > 100_000_000) {
        throw new TokenizerException(
            "%s gives the token id %d, expected 0 to 100000000"
                .formatted(folder.resolve("tokenizer.json"), id));
      }
    }
    @Nullable String[] tokens = new @Nullable String[size];
    vocabulary.forEach((token, id) -> tokens[id] = token);
    return tokens;
  }

  private static void checkText(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean paired =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!paired) {
          throw new IllegalArgumentException(
              "the text has an unpaired surrogate (\\u%04x) at offset %d: it is not valid Unicode"
                  .formatted((int) c, i));
        }
        i++;
      }
    }
  }
}
