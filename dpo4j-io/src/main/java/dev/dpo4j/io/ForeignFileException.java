/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

/**
 * Tells that a file to be continued or replaced was not written by the command that would do so.
 */
public final class ForeignFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes it with a message that names the file, what was found and what to do. */
  public ForeignFileException(String message) {
    super(message);
  }
}
