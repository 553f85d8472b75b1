/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.repo;

import dev.dpo4j.io.ShownText;
import java.util.regex.Pattern;

/** An access token of the Hub, which shows itself to nobody. */
public final class HubToken {
  private static final Pattern ALLOWED = Pattern.compile("[\\x21-\\x7e]{1,4096}");

  private final String secret;

  private HubToken(String secret) {
    this.secret = secret;
  }

  /**
   * Takes a token; white space around it is dropped.
   *
   * @param text the token
   * @param from where it was found, for the message
   * @throws HubException if it cannot be a token; the message does not show it
   */
  public static HubToken of(String text, String from) {
    String stripped = text.strip();
    if (!ALLOWED.matcher(stripped).matches()) {
      throw new HubException(
          HubException.Reason.UNAUTHORIZED,
          "the token in "
              + from
              + " is not one: it holds spaces, line breaks or other characters that no token has");
    }
    return new HubToken(stripped);
  }

  /** The value of the header Authorization. */
  public String header() {
    return "Bearer " + secret;
  }

  /** Returns a text of others in which this token does not stand. */
  public String hide(String text) {
    return ShownText.hide(text, secret);
  }

  /** Returns a text without the token. */
  @Override
  public String toString() {
    return "HubToken[hidden]";
  }
}
