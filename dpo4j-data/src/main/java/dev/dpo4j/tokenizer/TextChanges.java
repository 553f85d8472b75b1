/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is changed about the texts of a model when it is read, and stays changed where it is saved.
 *
 * @param chatTemplate the chat template in place of all that the model has; null for these
 * @param eosToken the token of the vocabulary that ends a sequence, at which generation stops, too;
 *     null for the model's own
 * @param bosToken the token of the vocabulary that chat templates know as bos_token; null for the
 *     model's own
 * @param tokens tokens that the vocabulary gets where it lacks them
 * @param growth how the embedding follows the vocabulary
 */
public record TextChanges(
    @Nullable String chatTemplate,
    @Nullable String eosToken,
    @Nullable String bosToken,
    List<NewToken> tokens,
    Growth growth) {

  /** How an embedding follows a vocabulary. */
  public enum Growth {
    /** The vocabulary stays as it is, and so does the embedding. */
    NONE,
    /** The embedding gets rows where it lacks some, up to the next multiple of 64. */
    ROWS,
    /**
     * As in TRL: where tokens are added, the embedding has the next multiple of 64 rows, and each
     * row that is left has a token of its own.
     */
    FILLED
  }

  /** Changes nothing. */
  public static final TextChanges NONE = new TextChanges(null, null, null, List.of(), Growth.NONE);

  /** Copies the list. */
  public TextChanges {
    tokens = List.copyOf(tokens);
  }

  /** Whether the model stays as it is. */
  public boolean isEmpty() {
    return chatTemplate == null && eosToken == null && bosToken == null && growth == Growth.NONE;
  }
}
