/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * Reports a tokenizer or chat template that cannot be loaded or used. The message names the file,
 * what was found in it, and what to do.
 */
public final class TokenizerException extends RuntimeException {
  public TokenizerException(String message) {
    this(message, null);
  }

  public TokenizerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
