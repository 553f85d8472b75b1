/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How often and how fast a request is tried again.
 *
 * @param maxTries tries of a request; replies that cannot be used count too, also those of earlier
 *     calls
 * @param firstDelay wait before the second try; it doubles from try to try
 */
public record RetryPolicy(int maxTries, Duration firstDelay) {
  /** The longest wait, also where the server asks for more. */
  public static final Duration MAX_DELAY = Duration.ofMinutes(5);

  private static final Duration MAX_BACKOFF = Duration.ofMinutes(1);

  public RetryPolicy {
    if (maxTries < 1 || firstDelay.isNegative()) {
      throw new IllegalArgumentException(
          "max_tries must be at least 1 and the delay at least 0 but were "
              + maxTries
              + " and "
              + firstDelay);
    }
  }

  /**
   * The wait after a failed try: exponential, with jitter so that many do not come back at once,
   * and not less than the server asks for.
   *
   * @param tries tries so far, from 1
   * @param jitter uniform in [0, 1)
   */
  Duration delay(int tries, double jitter, @Nullable Duration retryAfter) {
    double seconds = firstDelay.toNanos() / 1e9 * Math.pow(2, Math.min(tries - 1, 20));
    double backoff = Math.min(seconds, (double) MAX_BACKOFF.toSeconds()) * (0.5 + jitter / 2);
    Duration wait = Duration.ofNanos((long) (backoff * 1e9));
    if (retryAfter != null && retryAfter.compareTo(wait) > 0) {
      wait = retryAfter;
    }
    return wait.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : wait;
  }
}
