/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.speculate;

import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.Decoder;
import java.util.Arrays;
import java.util.List;

/**
 * Lets a small model guess: the tokens that it holds most probable, one after the other.
 *
 * <p>It must give the same meaning to the same token ids. It remembers the sequence that it read
 * last and reads only what is new of it.
 */
public final class Assistant implements Guesser {
  private final Decoder decoder;
  private final int vocabulary;
  private final int tokens;
  private int[] read = {};

  /**
   * Makes one; the caller keeps the model open.
   *
   * @param tokens the most tokens that are guessed at a time, at least 1
   */
  public Assistant(CausalLm model, int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException(
          "num_assistant_tokens must be at least 1 but was " + tokens);
    }
    this.decoder = model.decoder(1);
    this.vocabulary = model.config().vocabSize();
    this.tokens = tokens;
  }

  @Override
  public int[] guess(int[] sequence, int most) {
    int room = decoder.longest(sequence.length) - sequence.length;
    int length = Math.min(Math.min(tokens, most), room);
    if (length < 1 || Arrays.stream(sequence).anyMatch(id -> id >= vocabulary)) {
      return new int[0];
    }
    int[] guessed = new int[length];
    float[] logits = read(sequence);
    for (int i = 0; i < length; i++) {
      guessed[i] = mostProbable(logits);
      if (i + 1 < length) {
        logits = decoder.step(new int[] {guessed[i]});
      }
    }
    // The last guess was not read.
    read = Arrays.copyOf(sequence, sequence.length + length - 1);
    System.arraycopy(guessed, 0, read, sequence.length, length - 1);
    return guessed;
  }

  /** Reads what is new of a sequence and returns the logits behind it, its last row. */
  private float[] read(int[] sequence) {
    int differs = Arrays.mismatch(read, sequence);
    // The last token is read anew: its logits are wanted.
    int shared = Math.min(differs < 0 ? sequence.length : differs, sequence.length - 1);
    boolean goesOn =
        shared > 0
            && decoder.isAlike(decoder.length(0), sequence.length)
            && decoder.isAlike(shared, sequence.length);
    if (!goesOn) {
      if (decoder.size() > 0) {
        decoder.remove(0);
      }
      return decoder.add(sequence);
    }
    decoder.truncate(0, shared);
    return decoder.step(List.of(Arrays.copyOfRange(sequence, shared, sequence.length)));
  }

  private int mostProbable(float[] logits) {
    int from = logits.length - vocabulary;
    int best = from;
    for (int i = from + 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best - from;
  }

  @Override
  public int sequences() {
    return 1;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
