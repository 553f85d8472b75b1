/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Holds the named special tokens of a tokenizer, such as {@code eos_token} to {@code <|im_end|>}.
 *
 * <p>These names are also the variables of the same name that a chat template sees.
 *
 * @param named attribute name (with the ending {@code _token}) to token text, in a fixed order
 */
public record SpecialTokens(Map<String, String> named) {
  public SpecialTokens {
    named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
  }

  /** Returns the text of the token that starts a sequence, if the model has one. */
  public Optional<String> bos() {
    return Optional.ofNullable(named.get("bos_token"));
  }

  /** Returns the text of the token that ends a sequence, if the model has one. */
  public Optional<String> eos() {
    return Optional.ofNullable(named.get("eos_token"));
  }

  /** Returns the text of the padding token, if the model has one. */
  public Optional<String> pad() {
    return Optional.ofNullable(named.get("pad_token"));
  }
}
