/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

/** Tells that a model replied, but not with what was asked for. */
public final class InvalidReplyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidReplyException(String message) {
    super(message, null, false, false);
  }
}
