/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import org.jspecify.annotations.Nullable;

/** The processes of a run cannot go on together: one is missing, late, or not of this run. */
public final class DistException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what happened and what to do. */
  public DistException(String message) {
    this(message, null);
  }

  /** Says what happened, what to do, and what it came from. */
  public DistException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
