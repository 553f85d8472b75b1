/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.jspecify.annotations.Nullable;

/** Tells that the engine cannot be started on this machine. */
public final class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EngineException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
