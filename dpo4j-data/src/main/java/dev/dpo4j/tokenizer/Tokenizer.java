/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Turns text into token ids and back.
 *
 * <p>Nothing is ever truncated or padded. Encoding and decoding may be called from several threads
 * at once; {@link #close()} must come after the last of them.
 */
public interface Tokenizer extends AutoCloseable {
  /**
   * Returns the token ids of a text.
   *
   * @param text any text without unpaired surrogates
   * @param addSpecialTokens whether the tokenizer adds its default special tokens (BOS for most
   *     Llama models, none for Qwen); false for text that a chat template rendered
   */
  int[] encode(String text, boolean addSpecialTokens);

  /**
   * Returns a checksum of all that decides which ids a text gets; empty where there is none, and
   * then nothing that was tokenised is kept for later.
   */
  default String fingerprint() {
    return "";
  }

  /** Returns the token ids of a text and the place of each token in it. */
  Encoding encodeWithOffsets(String text, boolean addSpecialTokens);

  /**
   * Returns the text of some token ids.
   *
   * @param ids token ids; an id outside the vocabulary is left out
   * @param skipSpecialTokens whether special tokens such as EOS are left out
   */
  String decode(int[] ids, boolean skipSpecialTokens);

  /** Returns the id of a token of the vocabulary, given as it stands in the vocabulary. */
  OptionalInt tokenToId(String token);

  /** Returns the token with an id, as it stands in the vocabulary. */
  Optional<String> idToToken(int id);

  /** Returns the largest token id plus one, added tokens included. */
  int vocabSize();

  /** Returns the named special tokens (bos, eos, pad and so on). */
  SpecialTokens specialTokens();

  /** Frees the native tokenizer. Closing twice does nothing. */
  @Override
  void close();
}
