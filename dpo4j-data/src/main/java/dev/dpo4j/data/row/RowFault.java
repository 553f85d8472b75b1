/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

/** Carries what is wrong with one row up to the place that knows where the row stands. */
public final class RowFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RowFault(String message) {
    // No stack trace: it is always caught, and a hostile file could raise one a row.
    super(message, null, false, false);
  }

  public String text() {
    return String.valueOf(getMessage());
  }
}
