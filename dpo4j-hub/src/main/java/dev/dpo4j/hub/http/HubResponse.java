/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubToken;
import dev.dpo4j.io.ShownText;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An answer of the Hub or of a host behind it; its body is read while it is open. */
public final class HubResponse implements Closeable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int MOST_JSON = 128 << 20;
  private static final int MOST_MESSAGE = 2000;

  /** So many times the longest silence may a text take as a whole. */
  private static final int LONGEST_TEXT = 30;

  private static final Pattern RESET = Pattern.compile(";\\s*t=(\\d{1,6})");

  private final HttpResponse<InputStream> response;
  private final @Nullable HubToken token;
  private final Duration timeout;

  /**
   * Takes a response.
   *
   * @param token what was sent with the request, which a server may repeat
   * @param timeout longest silence while a text is read
   */
  HubResponse(HttpResponse<InputStream> response, @Nullable HubToken token, Duration timeout) {
    this.response = response;
    this.token = token;
    this.timeout = timeout;
  }

  public int status() {
    return response.statusCode();
  }

  public boolean good() {
    return status() >= 200 && status() < 300;
  }

  boolean redirects() {
    int status = status();
    boolean code =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return code && header("Location") != null;
  }

  public URI uri() {
    return response.uri();
  }

  String method() {
    return response.request().method();
  }

  public @Nullable String header(String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  /** The bytes as they come; whoever reads many of them guards against silence. */
  public InputStream body() {
    return response.body();
  }

  /** Reads a text up to a length; a server that sends it byte by byte for ever is given up. */
  private byte[] text(int most) throws IOException {
    try (InputStream in =
        new StallGuard(response.body(), timeout, timeout.multipliedBy(LONGEST_TEXT))) {
      return in.readNBytes(most);
    }
  }

  /** Returns the bytes that the body must have, -1 where the answer does not say. */
  public long length() {
    return number(header("Content-Length"));
  }

  static long number(@Nullable String text) {
    return text != null && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
  }

  /** Returns the seconds after which to ask again, -1 where the answer does not say. */
  long retryAfter() {
    String after = header("Retry-After");
    long seconds = number(after);
    if (seconds < 0 && after != null) {
      seconds = secondsUntil(after);
    }
    String limit = header("RateLimit");
    if (seconds < 0 && limit != null) {
      Matcher reset = RESET.matcher(limit);
      return reset.find() ? Long.parseLong(reset.group(1)) : -1;
    }
    return seconds;
  }

  /** A server may name the moment instead of the seconds; -1 for what is no date. */
  private static long secondsUntil(String date) {
    try {
      ZonedDateTime then = ZonedDateTime.parse(date.strip(), DateTimeFormatter.RFC_1123_DATE_TIME);
      return Math.max(0, Duration.between(Instant.now(), then).toSeconds() + 1);
    } catch (DateTimeParseException e) {
      return -1;
    }
  }

  /** Reads the body as JSON. */
  public JsonNode json() throws IOException {
    byte[] bytes = text(MOST_JSON + 1);
    if (bytes.length > MOST_JSON) {
      throw malformed("more than " + MOST_JSON + " bytes", null);
    }
    try {
      return JSON.readTree(bytes);
    } catch (JacksonException e) {
      throw malformed("no JSON", e);
    }
  }

  /** The answer does not look like one of a Hub. */
  public HubException malformed(String found, @Nullable Throwable cause) {
    return new HubException(
        HubException.Reason.CORRUPT,
        "%s answered with %s: this does not look like a Hub. Check HF_ENDPOINT, the proxy and the firewall"
            .formatted(hidden(Urls.shown(uri())), clean(found)),
        cause);
  }

  /** Returns what the Hub says about an error, empty if nothing. */
  public String message() {
    String told = header("X-Error-Message");
    if (told != null && !told.isBlank()) {
      return clean(told);
    }
    try {
      String text = new String(text(MOST_MESSAGE), StandardCharsets.UTF_8);
      JsonNode error =
          text.stripLeading().startsWith("{") ? JSON.readTree(text).get("error") : null;
      return error != null && error.isString() ? clean(error.asString()) : "";
    } catch (IOException | JacksonException e) {
      return "";
    }
  }

  private String hidden(String text) {
    return token == null ? text : token.hide(text);
  }

  private String clean(String text) {
    String line = ShownText.line(hidden(text));
    return line.length() > 300 ? line.substring(0, 300) + " ..." : line;
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException e) {
      // The connection was broken already; nobody needs it any more.
    }
  }
}
