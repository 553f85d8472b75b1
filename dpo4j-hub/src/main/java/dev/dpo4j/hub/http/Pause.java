/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import dev.dpo4j.hub.repo.HubException;
import java.time.Duration;

/** How a wait between two tries passes; tests do not wait. */
@FunctionalInterface
public interface Pause {
  /** The clock of the machine. */
  Pause REAL = wait -> Thread.sleep(wait.toMillis());

  void sleep(Duration wait) throws InterruptedException;

  /** Waits, and turns an interruption into a failure of this thread's work. */
  default void take(Duration wait) {
    try {
      sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static HubException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new HubException(HubException.Reason.INTERRUPTED, "the transfer was interrupted", e);
  }

  /** Returns the wait before a try: one second, doubled each time, at most eight. */
  static Duration backoff(int failures) {
    return Duration.ofSeconds(1L << Math.min(3, Math.max(0, failures - 1)));
  }
}
