/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.Objects;

/** Refuses a request of the page, with the HTTP status that says how. */
final class LabelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The request itself is wrong. */
  static final int BAD_REQUEST = 400;

  /** The request does not fit what has happened since the page was drawn. */
  static final int CONFLICT = 409;

  private final int status;

  LabelException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  String text() {
    return Objects.requireNonNull(getMessage());
  }
}
