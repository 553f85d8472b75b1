/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import org.jspecify.annotations.Nullable;

/**
 * A file of a model that cannot be used: the message names the file, what was found, what was
 * expected and what to do. All readers of model files throw this type or one derived from it, also
 * when the operating system refuses to read.
 */
public class ModelFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with its whole message. */
  public ModelFileException(String message) {
    super(message);
  }

  /** An error with its whole message and the failure below it. */
  public ModelFileException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
