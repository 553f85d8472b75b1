/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a request may come in, before anything else looks at it.
 *
 * <p>Against each way in stands one check:
 *
 * <ul>
 *   <li>a name of another site that resolves to this machine (DNS rebinding): {@code Host} must be
 *       ours;
 *   <li>a form or script of another site that posts here: {@code Origin} must be ours and {@code
 *       Sec-Fetch-Site}, where the browser sends it, must not say otherwise; a post must carry
 *       JSON, which no form can;
 *   <li>another user or program of this machine: the token, from the cookie, or once from the
 *       address; for {@code /metrics} also from the header {@code Authorization};
 *   <li>tricks with paths: only letters, digits and {@code / . _ -}, never {@code ..} or {@code
 *       //}, and no escapes at all.
 * </ul>
 */
final class Guard {
  private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._/-]*");
  private static final String SCRAPED = "/metrics";
  private static final String BEARER = "Bearer ";
  private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST");

  /**
   * Why a request was refused.
   *
   * @param status HTTP status
   * @param reason one sentence for the person in front of the browser
   */
  record Denial(int status, String reason) {}

  /**
   * What is looked at; a header that is not there is null.
   *
   * @param method HTTP method
   * @param path the path as it was sent, not decoded
   * @param host header Host
   * @param origin header Origin
   * @param site header Sec-Fetch-Site
   * @param contentType header Content-Type
   * @param cookie value of our cookie
   * @param queryToken parameter {@code token} of the address
   * @param authorization header Authorization
   */
  record Facts(
      String method,
      String path,
      @Nullable String host,
      @Nullable String origin,
      @Nullable String site,
      @Nullable String contentType,
      @Nullable String cookie,
      @Nullable String queryToken,
      @Nullable String authorization) {
    boolean changes() {
      return method.equals("POST");
    }
  }

  private final AccessToken token;
  private final Set<String> hosts;

  Guard(AccessToken token, int port) {
    this.token = token;
    this.hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
  }

  /** Returns why the request is refused, or nothing if it may come in. */
  Optional<Denial> check(Facts facts) {
    if (facts.host() == null || !hosts.contains(facts.host().toLowerCase(Locale.ROOT))) {
      return refuse(421, "This server answers under its own address only.");
    }
    if (!METHODS.contains(facts.method())) {
      return refuse(405, "Only GET, HEAD and POST are served.");
    }
    if (!isPlain(facts.path())) {
      return refuse(400, "This path holds characters that no page of this server has.");
    }
    Optional<Denial> stranger = facts.changes() ? checkPost(facts) : checkRead(facts);
    if (stranger.isPresent()) {
      return stranger;
    }
    if (!hasToken(facts)) {
      return refuse(
          401, "The token is missing or wrong: open the address that the command has printed.");
    }
    return Optional.empty();
  }

  /** Tells whether the token came in the address and has to be moved into the cookie. */
  boolean tokenInAddress(Facts facts) {
    return facts.method().equals("GET")
        && facts.path().equals("/")
        && token.matches(facts.queryToken());
  }

  private boolean hasToken(Facts facts) {
    return token.matches(facts.cookie()) || tokenInAddress(facts) || isScrape(facts);
  }

  /** A collector of figures keeps no cookies: it brings the token with each request. */
  private boolean isScrape(Facts facts) {
    String given = facts.authorization();
    return facts.method().equals("GET")
        && facts.path().equals(SCRAPED)
        && given != null
        && given.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && token.matches(given.substring(BEARER.length()).strip());
  }

  private static boolean isPlain(String path) {
    return PLAIN_PATH.matcher(path).matches() && !path.contains("..") && !path.contains("//");
  }

  private static Optional<Denial> checkPost(Facts facts) {
    if (!("http://" + facts.host()).equalsIgnoreCase(facts.origin()) || foreign(facts.site())) {
      return refuse(403, "A change must come from this server's own page.");
    }
    String type = facts.contentType() == null ? "" : facts.contentType().toLowerCase(Locale.ROOT);
    if (!type.equals("application/json") && !type.startsWith("application/json;")) {
      return refuse(415, "A change must be sent as application/json.");
    }
    return Optional.empty();
  }

  /** Another site may link to a page, but not fetch data. */
  private static Optional<Denial> checkRead(Facts facts) {
    if (facts.path().startsWith("/api/") && foreign(facts.site())) {
      return refuse(403, "Data are given to this server's own page only.");
    }
    return Optional.empty();
  }

  private static boolean foreign(@Nullable String site) {
    return site != null && !site.equals("same-origin") && !site.equals("none");
  }

  private static Optional<Denial> refuse(int status, String reason) {
    return Optional.of(new Denial(status, reason));
  }
}
