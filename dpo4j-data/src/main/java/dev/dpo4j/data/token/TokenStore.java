/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.tokenizer.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the tokens of one data set go, and where they are found again.
 *
 * @param <T> what a row is
 */
public final class TokenStore<T> {
  private static final Logger LOG = LoggerFactory.getLogger(TokenStore.class);

  /** Smaller files are tokenised faster than anybody notices. */
  private static final long LEAST_BYTES = 32L << 20;

  private final TokenCache cache;
  private final TokenCache.@Nullable Recipe recipe;
  private final String stamp;
  private final @Nullable String key;
  private final @Nullable Path part;
  private final Function<List<String>, RowCodec<T>> codec;

  private TokenStore(
      TokenCache cache,
      TokenCache.@Nullable Recipe recipe,
      @Nullable Path part,
      Function<List<String>, RowCodec<T>> codec) {
    this.cache = cache;
    this.recipe = recipe;
    this.part = part;
    this.codec = codec;
    this.stamp = recipe == null ? "" : stamp(recipe);
    this.key = recipe == null ? null : key(recipe);
  }

  /**
   * Of pairs.
   *
   * @param kind {@code pairs}, or {@code sequences} where prompt and answer are one text
   * @param files files and folders that are read; where there are none nothing is kept for later
   * @param options everything else that decides about the rows
   */
  public static TokenStore<TokenizedPair> ofPairs(
      String kind, Map<String, Path> files, String options, ChatTokenizer tokenizer) {
    return new TokenStore<>(
        TokenCache.standard(), recipe(kind, files, options, tokenizer), null, RowCodec.Pairs::new);
  }

  /** Of pairs that go into a file, for {@link #joinedPairs}. */
  public static TokenStore<TokenizedPair> pairsInto(Path file) {
    return new TokenStore<>(TokenCache.standard(), null, file, RowCodec.Pairs::new);
  }

  /** Of examples that go into a file, for {@link #joinedExamples}. */
  public static TokenStore<TokenizedExample> examplesInto(Path file) {
    return new TokenStore<>(TokenCache.standard(), null, file, RowCodec.Examples::new);
  }

  /**
   * The pairs of several files, one after the other, whose rows are numbered through.
   *
   * @param name the data set as the user knows it
   * @throws dev.dpo4j.data.row.DataException if a file cannot be read
   */
  public static Found<TokenizedPair> joinedPairs(List<Path> files, String name) {
    return TokenCache.join(files, name, RowCodec.Pairs::new);
  }

  /** The same of examples. */
  public static Found<TokenizedExample> joinedExamples(List<Path> files, String name) {
    return TokenCache.join(files, name, RowCodec.Examples::new);
  }

  /**
   * Of examples.
   *
   * @param kind {@code sft} or {@code kto}
   */
  public static TokenStore<TokenizedExample> ofExamples(
      String kind, Map<String, Path> files, String options, ChatTokenizer tokenizer) {
    return new TokenStore<>(
        TokenCache.standard(),
        recipe(kind, files, options, tokenizer),
        null,
        RowCodec.Examples::new);
  }

  static <T> TokenStore<T> of(
      TokenCache cache,
      TokenCache.@Nullable Recipe recipe,
      Function<List<String>, RowCodec<T>> codec) {
    return new TokenStore<>(cache, recipe, null, codec);
  }

  private static TokenCache.@Nullable Recipe recipe(
      String kind, Map<String, Path> files, String options, ChatTokenizer tokenizer) {
    String fingerprint = tokenizer.fingerprint();
    if (files.isEmpty() || fingerprint.isEmpty()) {
      return null;
    }
    TokenCache.Recipe recipe = new TokenCache.Recipe(kind, files, options, fingerprint);
    try {
      return recipe.bytes() < LEAST_BYTES ? null : recipe;
    } catch (IOException e) {
      return null; // Reading the data will say what is wrong with them.
    }
  }

  private static String stamp(TokenCache.Recipe recipe) {
    try {
      return recipe.stamp();
    } catch (IOException e) {
      return "";
    }
  }

  private static @Nullable String key(TokenCache.Recipe recipe) {
    try {
      return recipe.key();
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Rows that were found.
   *
   * @param rows the rows, in their order
   * @param report what became of every row that was read
   */
  public record Found<T>(List<T> rows, DataReport report) {}

  @Nullable String key() {
    return key;
  }

  /** The rows that were made of the same before; null where there are none. */
  public @Nullable Found<T> find() {
    return key == null ? null : cache.find(key, codec);
  }

  /** A place for new rows. */
  public TokenSpool<T> spool() {
    RowCodec<T> rows = codec.apply(List.of());
    return part == null
        ? new TokenSpool<>(rows, cache, key, TokenSpool.HEAP_BYTES)
        : TokenSpool.into(part, rows, cache);
  }

  /** Whether the files still have the sizes and dates that they had before they were read. */
  public boolean unchanged() {
    TokenCache.Recipe now = recipe;
    boolean same = now != null && stamp.equals(stamp(now));
    if (!same && now != null) {
      LOG.warn("the data changed while they were read: {}", Map.copyOf(now.inputs()).values());
    }
    return same;
  }

  /**
   * Leaves the reading of data.
   *
   * @throws CancellationException if a stop was asked for
   */
  public static void checkStop(IntPredicate stopAfter, int rows) {
    if (stopAfter.test(rows)) {
      throw new CancellationException("stopped while the data were tokenised");
    }
  }
}
