/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An OpenAI-compatible server.
 *
 * @param baseUrl what stands before {@code /chat/completions}, such as {@code
 *     http://127.0.0.1:8000/v1}
 * @param apiKey sent as a bearer token; null sends none. It is never logged
 * @param timeout time for one request, from the connection to the last byte of the reply
 */
public record Endpoint(URI baseUrl, @Nullable String apiKey, Duration timeout) {
  /** Addresses of this machine; a name such as 127.example.com is another one's. */
  private static final Pattern LOOPBACK =
      Pattern.compile("(?i)localhost|127(\\.\\d{1,3}){3}|\\[(::1|0:0:0:0:0:0:0:1)]");

  public Endpoint {
    String scheme = baseUrl.getScheme();
    if (!("http".equals(scheme) || "https".equals(scheme)) || baseUrl.getHost() == null) {
      throw new IllegalArgumentException(
          "base_url must be an http or https address such as http://127.0.0.1:8000/v1 but was "
              + baseUrl);
    }
    if (baseUrl.getUserInfo() != null || baseUrl.getQuery() != null) {
      // Such parts hold keys; the address is logged.
      throw new IllegalArgumentException(
          "base_url must hold no user, password or query: give a key in the environment");
    }
    if (apiKey != null && !apiKey.matches("[!-~]+")) {
      throw new IllegalArgumentException(
          "the API key holds a blank or a character outside ASCII: check the variable");
    }
  }

  /** The address of chat completions. */
  URI chatCompletions() {
    String base = baseUrl.toString();
    return URI.create((base.endsWith("/") ? base : base + "/") + "chat/completions");
  }

  /** Whether the key would cross a network unencrypted. */
  public boolean exposesKey() {
    String host = baseUrl.getHost();
    boolean local = LOOPBACK.matcher(host).matches();
    return apiKey != null && "http".equals(baseUrl.getScheme()) && !local;
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Endpoint[" + baseUrl + (apiKey == null ? ", no key]" : ", with a key]");
  }
}
