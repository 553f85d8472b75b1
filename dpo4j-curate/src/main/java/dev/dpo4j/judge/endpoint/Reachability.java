/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Notices that an endpoint takes no connections: one that never did is given up soon, because its
 * address is wrong or its server is not running; one that has answered may be starting again.
 */
final class Reachability {
  /** For an endpoint that has not answered yet. */
  static final Duration FIRST = Duration.ofSeconds(20);

  /** For an endpoint that has answered before. */
  static final Duration LATER = Duration.ofMinutes(2);

  private final LongSupplier nanos;
  private boolean answered;
  private boolean failing;
  private long since;

  /**
   * Begins without any knowledge.
   *
   * @param nanos a clock that never jumps
   */
  Reachability(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Notes that somebody answered, whatever the answer was. */
  synchronized void answered() {
    answered = true;
    failing = false;
  }

  /**
   * Notes that nobody took the connection.
   *
   * @param wait how long it would be waited before the next try
   * @return whether to give up instead
   */
  synchronized boolean failed(Duration wait) {
    long now = nanos.getAsLong();
    if (!failing) {
      failing = true;
      since = now;
    }
    Duration limit = answered ? LATER : FIRST;
    return now - since + wait.toNanos() > limit.toNanos();
  }
}
