/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The secret that lets a browser in: 256 random bits, new at every start of the server.
 *
 * <p>It is compared in constant time, so that nobody can guess it character by character.
 */
public final class AccessToken {
  private static final int BYTES = 32;

  private final String text;

  private AccessToken(String text) {
    this.text = text;
  }

  /** Draws a token. */
  public static AccessToken random() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new AccessToken(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Tells whether this is the token; null is not. */
  boolean matches(@Nullable String given) {
    return given != null
        && MessageDigest.isEqual(
            text.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the token as it stands in the address and in the cookie. */
  public String text() {
    return text;
  }

  /** Hides the secret from logs. */
  @Override
  public String toString() {
    return "AccessToken";
  }
}
