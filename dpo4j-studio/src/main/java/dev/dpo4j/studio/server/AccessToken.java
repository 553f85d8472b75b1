/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The secret that lets a browser in: 256 random bits, new at every start of the server.
 *
 * <p>It is compared in constant time, so that nobody can guess it character by character.
 */
public final class AccessToken {
  /** The variable of the environment in which a chosen token stands. */
  public static final String VARIABLE = "DPO4J_STUDIO_TOKEN";

  private static final int BYTES = 32;
  private static final Pattern CHOSEN = Pattern.compile("[A-Za-z0-9_-]{20,200}");

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

  /**
   * Takes a token that somebody has chosen, so that it stays the same over a restart.
   *
   * @throws ConfigException if it is short or could not stand in an address
   */
  public static AccessToken of(String text) {
    if (!CHOSEN.matcher(text).matches()) {
      throw new ConfigException(
          new Fault(
              VARIABLE,
              "the environment",
              "must be 20 to 200 letters, digits, _ or -, such as what `openssl rand -hex 32` prints"));
    }
    return new AccessToken(text);
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
