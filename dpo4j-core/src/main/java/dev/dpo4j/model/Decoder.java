/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.FlatBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences that grow together, token by token; the keys and values of earlier tokens are kept.
 *
 * <p>Sequences are numbered from 0 to {@link #size()} - 1 and may have any lengths. The matrix
 * products of prompts that are added together are one product, and so are those of all sequences in
 * a step: the logits of a sequence are the same whatever its neighbours are, up to the rounding of
 * float32 sums, whose order the number of rows can change.
 */
public final class Decoder implements AutoCloseable {
  private final CausalLm model;
  private final KvCache cache;
  private final int change;
  private final int most;

  /** Tokens of each sequence; kept only where a sequence may have to be read again. */
  private final List<int[]> read = new ArrayList<>();

  Decoder(CausalLm model, int sequences) {
    if (sequences < 1) {
      throw new IllegalArgumentException("at least one sequence is needed but was " + sequences);
    }
    this.model = model;
    this.change = model.lengthOfChange();
    // A sequence that is read again needs a place beside the old one.
    this.cache = new KvCache(model.config(), isByLength() ? sequences + 1 : sequences);
    this.most = sequences;
  }

  /** Whether what was computed for a sequence does not hold for a longer one. */
  private boolean isByLength() {
    return change < Integer.MAX_VALUE;
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
    room(prompts.size());
    for (int[] prompt : prompts) {
      if (prompt.length == 0) {
        throw new IllegalArgumentException("the prompt has no tokens: nothing to continue");
      }
    }
    if (!isByLength()) {
      return readPrompts(
          prompts, prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0));
    }
    // Sequences on both sides of the length cannot share what they begin with.
    float[] all = new float[0];
    for (int[] prompt : prompts) {
      float[] logits = readPrompts(List.of(prompt), prompt.length);
      read.add(prompt.clone());
      int before = all.length;
      all = Arrays.copyOf(all, before + logits.length);
      System.arraycopy(logits, 0, all, before, logits.length);
    }
    return all;
  }

  /**
   * Reads prompts into the next places of the cache.
   *
   * @param length tokens of the sequence that decide how it is rotated, where that depends on them
   */
  private float[] readPrompts(List<int[]> prompts, int length) {
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.prompts(prompts)));
    int[] scored = batch.scoredRows();
    int[] last = Arrays.stream(batch.entryRow()).map(entry -> scored[entry]).toArray();
    cache.beginPrompts(batch.groups().get(0));
    boolean complete = false;
    try {
      float[] logits = model.decode(batch, new int[] {length}, last, cache);
      complete = true;
      return logits;
    } finally {
      cache.endPrompts(complete);
    }
  }

  /** Reads a sequence again, as a part of one that is longer than the length of the change. */
  private void readAgain(int sequence) {
    readPrompts(List.of(read.get(sequence)), change + 1);
    cache.replaceByLast(sequence);
  }

  /**
   * Adds a sequence that begins with the first tokens of another one, without computing them again.
   *
   * @throws IllegalStateException if no more sequence fits
   */
  public void fork(int sequence, int tokens) {
    room(1);
    if (tokens < 1 || tokens > length(sequence)) {
      throw new IllegalArgumentException(
          "%d tokens of a sequence of %d".formatted(tokens, length(sequence)));
    }
    if (isByLength()) {
      int[] begin = Arrays.copyOf(read.get(sequence), tokens);
      read.add(begin);
      if (length(sequence) > change && tokens <= change) {
        readPrompts(List.of(begin), tokens);
        return;
      }
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
    if (tokens.length != size() || tokens.length == 0) {
      throw new IllegalArgumentException(
          "%d tokens for %d sequences".formatted(tokens.length, size()));
    }
    int[] positions = new int[tokens.length];
    int[] lengths = new int[tokens.length];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = cache.length(i);
      lengths[i] = positions[i] + 1;
      if (positions[i] == change) {
        readAgain(i);
      }
    }
    boolean complete = false;
    cache.beginStep();
    try {
      FlatBatch batch = FlatBatch.ofTokens(tokens, positions);
      float[] logits = model.decode(batch, lengths, null, cache);
      complete = true;
      for (int i = 0; i < tokens.length && isByLength(); i++) {
        int[] longer = Arrays.copyOf(read.get(i), read.get(i).length + 1);
        longer[longer.length - 1] = tokens[i];
        read.set(i, longer);
      }
      return logits;
    } finally {
      cache.endStep(complete);
    }
  }

  /** Takes a sequence away; the last sequence gets its number. */
  public void remove(int sequence) {
    check(sequence);
    cache.remove(sequence);
    if (isByLength()) {
      read.set(sequence, read.get(read.size() - 1));
      read.remove(read.size() - 1);
    }
  }

  private void room(int wanted) {
    if (wanted > most - cache.used()) {
      throw new IllegalStateException(
          "%d more of %d sequences do not fit: %d are in use"
              .formatted(wanted, most, cache.used()));
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
