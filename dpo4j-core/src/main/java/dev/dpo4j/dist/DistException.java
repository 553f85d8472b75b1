/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import org.jspecify.annotations.Nullable;

/** The processes of a run cannot go on together: one is missing, late, or not of this run. */
public final class DistException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Stands for "it is not known which rank is to blame". */
  public static final int UNKNOWN = -1;

  private final int rank;

  /** Says what happened and what to do, where no single rank is to blame. */
  public DistException(String message) {
    this(message, null);
  }

  /** Says what happened, what to do, and what it came from. */
  public DistException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.rank = UNKNOWN;
  }

  /** Says what happened and what to do, where a rank is missing or wrong. */
  public DistException(int rank, String message) {
    super(message);
    this.rank = rank;
  }

  /** The rank that is missing or wrong, {@link #UNKNOWN} where that is not known. */
  public int rank() {
    return rank;
  }
}
