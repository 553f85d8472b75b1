/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

/**
 * Holds the token ids of a text together with the place of each token in it.
 *
 * <p>{@code starts[i]} and {@code ends[i]} are UTF-16 offsets into the text. A character that is
 * made of several tokens has the same place in all of them; a token that the tokenizer added by
 * itself (such as BOS) is empty: its start equals its end.
 *
 * @param ids token ids, in order
 * @param starts offset of the first UTF-16 unit of each token
 * @param ends offset after the last UTF-16 unit of each token
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, never shared: copying would cost per row
public record Encoding(int[] ids, int[] starts, int[] ends) {
  public Encoding {
    if (starts.length != ids.length || ends.length != ids.length) {
      throw new IllegalArgumentException(
          "starts and ends must have one entry per id but were %d and %d for %d ids"
              .formatted(starts.length, ends.length, ids.length));
    }
  }

  /** Returns the number of tokens. */
  public int length() {
    return ids.length;
  }
}
