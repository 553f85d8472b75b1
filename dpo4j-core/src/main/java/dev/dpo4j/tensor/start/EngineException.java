/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import org.jspecify.annotations.Nullable;

/** Tells that the engine cannot be started on this machine. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public EngineException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
