/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is changed about the texts of a model when it is read, and stays changed where it is saved.
 *
 * @param chatTemplate the chat template in place of all that the model has; null for these
 * @param eosToken the token of the vocabulary that ends a sequence, at which generation stops, too;
 *     null for the model's own
 * @param bosToken the token of the vocabulary that chat templates know as bos_token; null for the
 *     model's own
 * @param needed further tokens that the vocabulary must have
 */
public record TextChanges(
    @Nullable String chatTemplate,
    @Nullable String eosToken,
    @Nullable String bosToken,
    Set<String> needed) {
  /** Changes nothing. */
  public static final TextChanges NONE = new TextChanges(null, null, null, Set.of());

  /** Copies the set. */
  public TextChanges {
    needed = Set.copyOf(needed);
  }

  /** Whether the model stays as it is. */
  public boolean isEmpty() {
    return chatTemplate == null && eosToken == null && bosToken == null;
  }
}
