/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

/** Carries what is wrong with one row up to the place that knows where the row stands. */
final class RowFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RowFault(String message) {
    // No stack trace: it is always caught, and a hostile file could raise one a row.
    super(message, null, false, false);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
