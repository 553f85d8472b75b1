/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.RopeConfig;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.probe.StepThreads;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sequences that grow together, token by token; the keys and values of earlier tokens are kept.
 *
 * <p>Sequences are numbered from 0 to {@link #size()} - 1 and may have any lengths. The matrix
 * products of prompts that are added together are one product, and so are those of all sequences in
 * a step: the logits of a sequence are the same whatever its neighbours are, up to the rounding of
 * float32 sums, whose order the number of rows can change.
 */
public final class Decoder implements AutoCloseable {
  private static final int PROMPT_ROWS = 1024;

  /** A card is busy only with more. */
  private static final int PROMPT_ROWS_OF_CARD = 4096;

  private final CausalLm model;
  private final KvCache cache;
  private final @Nullable StepThreads threads;

  /**
   * Makes an empty decoder.
   *
   * @param independent whether sequences must not depend on their neighbours in any bit
   * @param threads chooses the threads of a step, null for all
   */
  Decoder(CausalLm model, int sequences, boolean independent, @Nullable StepThreads threads) {
    if (sequences < 1) {
      throw new IllegalArgumentException("at least one sequence is needed but was " + sequences);
    }
    this.model = model;
    this.cache = new KvCache(model.config(), sequences, independent);
    this.threads = threads;
  }

  /** Makes an empty decoder of a cache, which it closes. */
  Decoder(CausalLm model, KvCache cache) {
    this.model = model;
    this.cache = cache;
    this.threads = null;
  }

  /** The number of sequences. */
  public int size() {
    return cache.used();
  }

  /** Tokens of a sequence that were read. */
  public int length(int sequence) {
    check(sequence);
    return cache.length(sequence);
  }

  /**
   * The most tokens that a sequence of that length may grow to. There is a limit only where longer
   * sequences are rotated otherwise from their first token on (LongRoPE): they must be added anew,
   * because what was read does not hold for them.
   */
  public int longest(int length) {
    RopeConfig rope = model.config().rope();
    boolean changes = rope.isReadAgain() && length <= rope.lengthOfChange();
    return changes ? rope.lengthOfChange() : Integer.MAX_VALUE;
  }

  /** Rows of prompts that are best read in one pass, unless a single one is longer. */
  public int promptRows() {
    return Backends.hasFusedKernels() ? PROMPT_ROWS_OF_CARD : PROMPT_ROWS;
  }

  /** Tokens that a sequence can get before it must be added anew, see {@link #longest}. */
  public int room(int sequence) {
    int length = length(sequence);
    return longest(length) - length;
  }

  /** Whether the tokens of sequences of these lengths are rotated alike. */
  public boolean isAlike(int length, int other) {
    return longest(length) == longest(other);
  }

  /**
   * Whether a prompt can be read in parts without loss: a card reads it faster at once, sequences
   * that must not depend on their neighbours are read in one way only, and some long prompts are
   * rotated otherwise than short ones.
   */
  public boolean readsInParts(int prompt) {
    return !cache.isIndependent() && !Backends.hasFusedKernels() && longest(1) == longest(prompt);
  }

  /**
   * Bytes that keys and values of so many sequences take once each has grown to so many tokens.
   *
   * @param tokens prompt and answer
   */
  public static long cacheBytes(ModelConfig config, int sequences, int tokens) {
    return KvMemory.bytes(config, sequences, tokens);
  }

  /** Bytes that keys and values take now. */
  public long cacheBytes() {
    return cache.memory().bytes();
  }

  /** Bytes that are missing until so many sequences have grown to so many tokens. */
  public long missingBytes(int sequences, int tokens) {
    return cache.memory().missing(model.config(), sequences, tokens);
  }

  /**
   * Takes memory for sequences that will grow to so many tokens: taking it at once saves copies of
   * what is there.
   */
  public void expect(int tokens) {
    cache.expect(tokens);
  }

  /**
   * Adds a sequence, which gets the next number.
   *
   * @param prompt its tokens, at least one
   * @return the logits of what follows, {@code [vocabulary]}
   * @throws IllegalStateException if no more sequence fits
   */
  public float[] add(int[] prompt) {
    return add(List.of(prompt));
  }

  /**
   * Adds sequences, which get the next numbers; what all of them begin with is computed once.
   *
   * @param prompts their tokens, at least one each
   * @return the logits of what follows, row by row, {@code [sequences, vocabulary]}
   * @throws IllegalStateException if so many sequences do not fit
   */
  public float[] add(List<int[]> prompts) {
    requireSlots(prompts.size());
    for (int[] prompt : prompts) {
      if (prompt.length == 0) {
        throw new IllegalArgumentException("the prompt has no tokens: nothing to continue");
      }
    }
    // What is read together is rotated alike.
    int first = prompts.get(0).length;
    boolean alike = prompts.stream().allMatch(prompt -> isAlike(prompt.length, first));
    return alike && !cache.isIndependent() ? addTogether(prompts) : addEach(prompts);
  }

  /** Reads prompts one after the other: sums of one do not depend on what others there are. */
  private float[] addEach(List<int[]> prompts) {
    List<float[]> rows = prompts.stream().map(prompt -> addTogether(List.of(prompt))).toList();
    int vocabulary = rows.get(0).length;
    float[] all = new float[rows.size() * vocabulary];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, all, i * vocabulary, vocabulary);
    }
    return all;
  }

  private float[] addTogether(List<int[]> prompts) {
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.prompts(prompts)));
    int[] scored = batch.scoredRows();
    int[] last = Arrays.stream(batch.entryRow()).map(entry -> scored[entry]).toArray();
    boolean complete = false;
    try {
      cache.beginPrompts(batch.groups().get(0));
      float[] logits = model.decode(batch, last, cache, Tensor::toFloats);
      complete = true;
      return logits;
    } finally {
      cache.endPrompts(complete);
    }
  }

  /**
   * Adds a sequence that begins with the first tokens of another one, without computing them again.
   *
   * @throws IllegalStateException if no more sequence fits
   */
  public void fork(int sequence, int tokens) {
    requireSlots(1);
    if (tokens < 1 || tokens > length(sequence)) {
      throw new IllegalArgumentException(
          "%d tokens of a sequence of %d".formatted(tokens, length(sequence)));
    }
    cache.fork(sequence, tokens);
  }

  /**
   * Reads one token for each sequence.
   *
   * @param tokens the tokens in the order of the sequences
   * @return the logits of what follows, row by row, {@code [sequences, vocabulary]}
   */
  public float[] step(int[] tokens) {
    if (tokens.length != size()) {
      throw new IllegalArgumentException(
          "%d tokens for %d sequences".formatted(tokens.length, size()));
    }
    return step(Arrays.stream(tokens).mapToObj(token -> new int[] {token}).toList());
  }

  /**
   * Reads tokens for each sequence in one pass, which costs little more than reading one: to prove
   * what somebody guessed.
   *
   * @param tokens those of each sequence in the order of the sequences, at least one each
   * @return the logits behind each token, row by row, those of the first sequence first, {@code
   *     [tokens, vocabulary]}
   */
  public float[] step(List<int[]> tokens) {
    return step(tokens, null);
  }

  /**
   * Reads tokens for each sequence in one pass, among them parts of prompts.
   *
   * @param tokens those of each sequence in the order of the sequences, at least one each
   * @param wanted the tokens behind which logits are wanted, counted over all sequences; null for
   *     all
   * @return the logits that are wanted, row by row, {@code [wanted, vocabulary]}
   */
  public float[] step(List<int[]> tokens, int @Nullable [] wanted) {
    return step(tokens, wanted, Tensor::toFloats);
  }

  /**
   * Whether {@link #stepAndChoose} is to be had: on a card, from which logits would come slowly.
   */
  public boolean chooses() {
    return Backends.hasFusedKernels();
  }

  /**
   * Reads tokens for each sequence in one pass and chooses what follows where the logits are.
   *
   * @param tokens those of each sequence in the order of the sequences, at least one each
   * @param wanted the tokens behind which something is chosen, counted over all sequences
   * @param temperatures divide the logits, one for each that is wanted; 0 takes the most probable
   * @param uniforms what draws are made by, in [0, 1)
   */
  public Choice stepAndChoose(
      List<int[]> tokens, int[] wanted, double[] temperatures, double[] uniforms) {
    return step(tokens, wanted, logits -> Choice.of(logits, temperatures, uniforms));
  }

  /** What was chosen from rows of logits. */
  public static final class Choice {
    private final int[] ids;
    private final float[] largest;

    private Choice(int[] ids, float[] largest) {
      this.ids = ids;
      this.largest = largest;
    }

    private static Choice of(Tensor logits, double[] temperatures, double[] uniforms) {
      long rows = logits.size(0);
      Tensor ids = Tensor.empty(DType.INT64, rows);
      Tensor largest = Tensor.empty(DType.FLOAT32, rows);
      Tensor heat = Tensor.ofDoubles(temperatures, rows);
      Fused.choose(ids, largest, logits, heat, Tensor.ofDoubles(uniforms, rows));
      return new Choice(ids.toInts(), largest.toFloats());
    }

    /** The token that was chosen from a row. */
    public int id(int row) {
      return ids[row];
    }

    /** The largest logit of a row; where it is not finite, nothing can be chosen. */
    public float largest(int row) {
      return largest[row];
    }
  }

  private <T> T step(List<int[]> tokens, int @Nullable [] wanted, Function<Tensor, T> read) {
    if (tokens.size() != size() || tokens.isEmpty()) {
      throw new IllegalArgumentException(
          "tokens of %d for %d sequences".formatted(tokens.size(), size()));
    }
    int[] counts = tokens.stream().mapToInt(row -> row.length).toArray();
    int[] ids = tokens.stream().flatMapToInt(Arrays::stream).toArray();
    int[] positions = new int[ids.length];
    int next = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] == 0) {
        throw new IllegalArgumentException("sequence %d gets no token".formatted(i));
      }
      if (cache.length(i) + counts[i] > longest(cache.length(i))) {
        throw new IllegalStateException(
            "sequence %d has %d tokens and would get %d more, but beyond %d it would have to be read again"
                .formatted(i, cache.length(i), counts[i], longest(cache.length(i))));
      }
      for (int token = 0; token < counts[i]; token++) {
        positions[next++] = cache.length(i) + token;
      }
    }
    boolean complete = false;
    try {
      cache.beginStep(counts);
      FlatBatch batch = FlatBatch.ofTokens(ids, positions);
      T result =
          threads == null
              ? model.decode(batch, wanted, cache, read)
              : threads.run(ids.length, () -> model.decode(batch, wanted, cache, read));
      complete = true;
      return result;
    } finally {
      cache.endStep(complete);
    }
  }

  /**
   * Forgets what a sequence read beyond its first tokens.
   *
   * @param length tokens that stay, at least one
   */
  public void truncate(int sequence, int length) {
    if (length < 1 || length > length(sequence)) {
      throw new IllegalArgumentException(
          "%d tokens of a sequence of %d".formatted(length, length(sequence)));
    }
    cache.truncate(sequence, length);
  }

  /** Takes a sequence away; the last sequence gets its number. */
  public void remove(int sequence) {
    check(sequence);
    cache.remove(sequence);
  }

  private void requireSlots(int wanted) {
    if (wanted > cache.slots() - cache.used()) {
      throw new IllegalStateException(
          "%d more of %d sequences do not fit: %d are in use"
              .formatted(wanted, cache.slots(), cache.used()));
    }
  }

  private void check(int sequence) {
    if (sequence < 0 || sequence >= size()) {
      throw new IndexOutOfBoundsException("sequence %d of %d".formatted(sequence, size()));
    }
  }

  @Override
  public void close() {
    cache.close();
  }
}
