/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.web.RequestGate;
import dev.dpo4j.web.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets in who has the key.
 *
 * <p>A server for this machine alone answers to its own names only, so that no page of another site
 * reaches it by a name that leads here; and bodies must be JSON, which no form of another site can
 * send.
 */
final class ApiGate implements RequestGate {
  private static final Set<String> OWN_NAMES = Set.of("127.0.0.1", "localhost", "[::1]", "::1");
  private static final String SCHEME = "bearer ";

  private final @Nullable String key;
  private final boolean ownNamesOnly;

  ApiGate(@Nullable String key, String host) {
    this.key = key;
    this.ownNamesOnly = OWN_NAMES.contains(host);
  }

  @Override
  public Optional<Response> check(Head head) {
    String host = head.header("Host");
    String name = host == null ? "" : host.replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    if (ownNamesOnly && !OWN_NAMES.contains(name)) {
      return refuse(
          421,
          "This server answers under its own address only; start it with --host to change that.",
          null);
    }
    boolean open = head.path().equals("/health") || head.path().equals("/metrics");
    if (!open && !hasKey(head.header("Authorization"))) {
      return refuse(
          401,
          "The API key is missing or wrong: send it as the header Authorization: Bearer KEY.",
          "invalid_api_key");
    }
    String type = String.valueOf(head.header("Content-Type")).toLowerCase(Locale.ROOT);
    if (head.method().equals("POST") && !type.matches("application/json\\s*(;.*)?")) {
      return refuse(415, "The body must be sent as Content-Type: application/json.", null);
    }
    return Optional.empty();
  }

  /** Compares in constant time, so that nobody can guess the key character by character. */
  private boolean hasKey(@Nullable String authorization) {
    if (key == null) {
      return true;
    }
    if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      return false;
    }
    String given = authorization.substring(SCHEME.length()).strip();
    return MessageDigest.isEqual(
        key.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<Response> refuse(int status, String message, @Nullable String code) {
    return Optional.of(
        Response.json(status, ApiException.body(message, "invalid_request_error", null, code)));
  }
}
