/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

/** Reports a token that was asked for and that the vocabulary of a model does not have. */
public final class UnknownTokenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String token;

  /** Says which token is missing where. */
  public UnknownTokenException(String token, String message) {
    super(message);
    this.token = token;
  }

  /** Returns the token. */
  public String token() {
    return token;
  }
}
