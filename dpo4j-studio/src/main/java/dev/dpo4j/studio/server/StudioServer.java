/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.studio.server.Guard.Denial;
import dev.dpo4j.studio.server.Guard.Facts;
import dev.dpo4j.web.RequestGate;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import dev.dpo4j.web.WebServer;
import dev.dpo4j.web.WebSettings;
import java.io.Closeable;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Serves a fixed list of routes on 127.0.0.1, to whoever has the token.
 *
 * <p>Every request passes the {@link Guard}; every reply forbids scripts, styles and pictures from
 * anywhere else, and being framed or stored. The first request brings the token in its address and
 * takes it home as a cookie that scripts cannot read and other sites do not send.
 */
public final class StudioServer implements Closeable {
  /** The most bytes of a request's body; a decision with a long reason has a tenth of that. */
  public static final int MAX_BODY = 64 * 1024;

  private static final String HOST = "127.0.0.1";

  /** A page is used by some people, each with some connections; Jetty itself needs a few. */
  private static final int THREADS = 32;

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Permissions-Policy",
          "camera=(), geolocation=(), microphone=()",
          "Cache-Control",
          "no-store");

  private final AccessToken token;
  private final WebServer server;

  private StudioServer(AccessToken token, WebServer server) {
    this.token = token;
    this.server = server;
  }

  /**
   * Starts to serve.
   *
   * @param port the port, or 0 for any that is free
   * @param routes all that is served
   * @throws ConfigException if the port cannot be had
   */
  public static StudioServer start(int port, List<Route> routes) {
    return start(port, AccessToken.random(), routes);
  }

  /** Starts to serve whoever has this token. */
  public static StudioServer start(int port, AccessToken token, List<Route> routes) {
    WebSettings settings = new WebSettings(HOST, port, MAX_BODY, THREADS, HEADERS, Response::text);
    return new StudioServer(token, WebServer.start(settings, routes, gate(token)));
  }

  /** Returns the port. */
  public int port() {
    return server.port();
  }

  /** Returns the address that lets a browser in. */
  public URI address() {
    return URI.create("http://" + HOST + ":" + port() + "/?token=" + token.text());
  }

  @Override
  public void close() {
    server.close();
  }

  private static RequestGate gate(AccessToken token) {
    return new RequestGate() {
      @Override
      public Optional<Response> check(Head head) {
        Optional<Denial> denial = new Guard(token, head.port()).check(facts(head));
        return denial.map(refusal -> Response.text(refusal.status(), refusal.reason()));
      }

      @Override
      public Map<String, String> headers(Head head) {
        return new Guard(token, head.port()).tokenInAddress(facts(head))
            ? Map.of(
                "Set-Cookie",
                "%s=%s; Path=/; HttpOnly; SameSite=Strict"
                    .formatted(cookie(head.port()), token.text()))
            : Map.of();
      }
    };
  }

  /** Cookies of a host are shared between its ports, so the name tells servers apart. */
  private static String cookie(int port) {
    return "dpo4j-" + port;
  }

  private static Facts facts(RequestGate.Head head) {
    return new Facts(
        head.method(),
        head.path(),
        head.header("Host"),
        head.header("Origin"),
        head.header("Sec-Fetch-Site"),
        head.header("Content-Type"),
        head.cookie(cookie(head.port())),
        head.query("token"),
        head.header("Authorization"));
  }
}
