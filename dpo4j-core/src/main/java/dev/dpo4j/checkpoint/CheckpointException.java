/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import org.jspecify.annotations.Nullable;

/** A checkpoint that is damaged, belongs to another run, or cannot be written. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one whose message says what was read, found and expected, and what to do. */
  public CheckpointException(String message) {
    this(message, null);
  }

  /** Makes one with a cause. */
  public CheckpointException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
