/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

/** Reports a token that was asked for and that the vocabulary of a model does not have. */
public final class UnknownTokenException extends RuntimeException {
  /** Says which token is missing where. */
  public UnknownTokenException(String message) {
    super(message);
  }
}
