/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What became of one request. */
sealed interface HttpOutcome {
  /** A response with status 200, whatever stands in it: it was paid. */
  record Paid(String body) implements HttpOutcome {}

  /**
   * Nothing was paid, and trying again may help.
   *
   * @param retryAfter how long the server asks to wait, or null
   */
  record Transient(String why, @Nullable Duration retryAfter) implements HttpOutcome {}

  /** Nobody took the connection. */
  record Unreachable(String why) implements HttpOutcome {}

  /** The server does not want this request; another one may do. */
  record Refused(String why) implements HttpOutcome {}

  /** The server wants none of our requests. */
  record Fatal(String why) implements HttpOutcome {}
}
