/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.Arrays;

/**
 * Decodes a growing sequence of token ids piece by piece, holding back characters of which some
 * bytes are still to come.
 *
 * <p>The pieces joined together equal the text of the whole sequence. Each call decodes only the
 * last few tokens again, so the cost stays linear.
 */
public final class IncrementalDecoder {
  private static final char UNFINISHED = '\uFFFD';

  /** A sequence of this many tokens that still ends in the replacement character is malformed. */
  private static final int PATIENCE = 16;

  private final Tokenizer tokenizer;
  private final boolean skipSpecialTokens;
  private int[] ids = new int[64];
  private int size;
  private int context;
  private int emitted;

  /** Starts with an empty sequence. */
  public IncrementalDecoder(Tokenizer tokenizer, boolean skipSpecialTokens) {
    this.tokenizer = tokenizer;
    this.skipSpecialTokens = skipSpecialTokens;
  }

  /** Adds a token and returns the text that became certain by it; may be empty. */
  public String append(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
    String piece = pending();
    boolean unfinished = !piece.isEmpty() && piece.charAt(piece.length() - 1) == UNFINISHED;
    return piece.isEmpty() || (unfinished && size - emitted < PATIENCE) ? "" : take(piece);
  }

  /** Returns the text held back so far, complete or not. */
  public String finish() {
    return take(pending());
  }

  private String pending() {
    String before = decode(context, emitted);
    String all = decode(context, size);
    return all.length() > before.length() ? all.substring(before.length()) : "";
  }

  private String take(String piece) {
    context = emitted;
    emitted = size;
    return piece;
  }

  private String decode(int from, int to) {
    return tokenizer.decode(Arrays.copyOfRange(ids, from, to), skipSpecialTokens);
  }
}
