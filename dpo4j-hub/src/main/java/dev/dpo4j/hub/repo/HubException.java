/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import org.jspecify.annotations.Nullable;

/** Something that the Hub, the network or the cache does not give, with what to do about it. */
public final class HubException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of trouble it is. */
  public enum Reason {
    /** A text is not the name of a repository or file. */
    NAME,
    /** There is no such repository, revision or file, or it is hidden from this account. */
    NOT_FOUND,
    /** The repository wants its conditions accepted first. */
    GATED,
    /** There is no token, or it is not valid. */
    UNAUTHORIZED,
    /** The token may not do this. */
    FORBIDDEN,
    /** No network is allowed, and the cache does not hold what is needed. */
    OFFLINE,
    /** The Hub could not be reached, or answered with an error of its own. */
    NETWORK,
    /** What came is not what was promised. */
    CORRUPT,
    /** The disk has no room or cannot be written. */
    DISK,
    /** The Hub refused the request. */
    REFUSED,
    /** This thread was told to stop. */
    INTERRUPTED
  }

  private final Reason reason;

  public HubException(Reason reason, String message) {
    this(reason, message, null);
  }

  public HubException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Returns what kind of trouble it is. */
  public Reason reason() {
    return reason;
  }
}
