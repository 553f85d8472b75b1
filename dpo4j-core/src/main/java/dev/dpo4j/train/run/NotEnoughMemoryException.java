/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.run;

/** A run that would not fit into the machine's memory was refused before its first step. */
public final class NotEnoughMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotEnoughMemoryException(String message) {
    super(message);
  }

  NotEnoughMemoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
