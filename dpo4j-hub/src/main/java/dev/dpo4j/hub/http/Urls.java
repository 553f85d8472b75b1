/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Addresses of the Hub. */
public final class Urls {
  private static final String UNRESERVED = "-._~";

  private Urls() {}

  /** Returns the address of a path below an endpoint; the path is already encoded. */
  public static URI below(URI endpoint, String path) {
    return URI.create(endpoint + "/" + path);
  }

  /** Encodes one part of a path; a slash in it is encoded, too. */
  public static String part(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
      encoded.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return encoded.toString();
  }

  /** Encodes a path of several parts. */
  static String path(String text) {
    return part(text).replace("%2F", "/");
  }

  /**
   * Tells whether both are served by the same scheme, host and port: the same keeper of secrets.
   */
  static boolean sameOrigin(URI one, URI other) {
    return scheme(one).equals(scheme(other))
        && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  public static String scheme(URI uri) {
    return String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
  }

  private static int port(URI uri) {
    int standard = scheme(uri).equals("https") ? 443 : 80;
    return uri.getPort() < 0 ? standard : uri.getPort();
  }

  /** Returns an address for messages: its query may hold a signature, so it is left out. */
  public static String shown(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port + String.valueOf(uri.getRawPath());
  }
}
