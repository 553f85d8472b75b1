/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides whether a request may come in, before anything else looks at it. */
@FunctionalInterface
public interface RequestGate {
  /** Returns the refusal, or nothing if the request may come in. */
  Optional<Response> check(Head head);

  /** Returns further headers for the reply to a request that was let in. */
  default Map<String, String> headers(Head head) {
    return Map.of();
  }

  /** A request without its body. */
  interface Head {
    /** The HTTP method. */
    String method();

    /** The path as it was sent, not decoded. */
    String path();

    /** The port on which it came. */
    int port();

    /** A header, or null. */
    @Nullable String header(String name);

    /** A cookie, or null. */
    @Nullable String cookie(String name);

    /** A parameter of the address, or null. */
    @Nullable String query(String name);
  }
}
