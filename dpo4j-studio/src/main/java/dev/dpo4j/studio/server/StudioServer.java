/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.studio.server.Guard.Denial;
import dev.dpo4j.studio.server.Guard.Facts;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

  private static final Logger log = LoggerFactory.getLogger(StudioServer.class);
  private static final String HOST = "127.0.0.1";

  /** A page is used by some people, each with some connections; Jetty itself needs a few. */
  private static final int THREADS = 32;

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
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

  private final AccessToken token = AccessToken.random();
  private final Javalin javalin;

  private StudioServer(List<Route> routes) {
    this.javalin = Javalin.create(config -> configure(config, routes));
  }

  /**
   * Starts to serve.
   *
   * @param port the port, or 0 for any that is free
   * @param routes all that is served
   * @throws ConfigException if the port cannot be had
   */
  public static StudioServer start(int port, List<Route> routes) {
    StudioServer server = new StudioServer(routes);
    try {
      server.javalin.start(HOST, port);
      return server;
    } catch (JavalinBindException e) {
      throw new ConfigException(
          new Fault(
              "port",
              "--port",
              "cannot listen on %s:%d: it is taken, or not allowed. Choose another, or 0 for any that is free."
                  .formatted(HOST, port)));
    }
  }

  /** Returns the port. */
  public int port() {
    return javalin.port();
  }

  /** Returns the address that lets a browser in. */
  public URI address() {
    return URI.create("http://" + HOST + ":" + port() + "/?token=" + token.text());
  }

  @Override
  public void close() {
    javalin.stop();
  }

  private void configure(JavalinConfig config, List<Route> routes) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.threadPool = new QueuedThreadPool(THREADS, 4);
    config.router.ignoreTrailingSlashes = false;
    config.routes.before(this::guard);
    for (Route route : routes) {
      switch (route.method()) {
        case GET -> config.routes.get(route.path(), context -> answer(route, context));
        case POST -> config.routes.post(route.path(), context -> answer(route, context));
      }
    }
    config.routes.exception(
        Exception.class,
        (e, context) -> {
          log.error("{} {} failed", context.method(), context.path(), e);
          send(context, Response.text(500, "The server failed; its log says how."));
        });
  }

  private void guard(Context context) {
    HEADERS.forEach(context::header);
    int port = context.req().getLocalPort();
    Guard guard = new Guard(token, port);
    Facts facts = facts(context, port);
    Optional<Denial> refusal = guard.check(facts);
    if (refusal.isPresent()) {
      log.debug("{} {}: {}", facts.method(), facts.path(), refusal.get());
      send(context, Response.text(refusal.get().status(), refusal.get().reason()));
      context.skipRemainingHandlers();
    } else if (guard.tokenInAddress(facts)) {
      context
          .res()
          .addHeader(
              "Set-Cookie",
              "%s=%s; Path=/; HttpOnly; SameSite=Strict".formatted(cookie(port), token.text()));
    }
  }

  /** Cookies of a host are shared between its ports, so the name tells servers apart. */
  private static String cookie(int port) {
    return "dpo4j-" + port;
  }

  private static Facts facts(Context context, int port) {
    return new Facts(
        context.req().getMethod(),
        context.req().getRequestURI(),
        context.header("Host"),
        context.header("Origin"),
        context.header("Sec-Fetch-Site"),
        context.header("Content-Type"),
        context.cookie(cookie(port)),
        context.queryParam("token"));
  }

  private static void answer(Route route, Context context) throws Exception {
    String body = "";
    if (route.method() == Route.Method.POST) {
      Optional<String> read = body(context);
      if (read.isEmpty()) {
        send(context, Response.text(413, "The request is longer than " + MAX_BODY + " bytes."));
        return;
      }
      body = read.get();
    }
    Map<String, String> query = new LinkedHashMap<>();
    context.queryParamMap().forEach((name, values) -> query.put(name, values.get(0)));
    Request request =
        new Request(route.path(), query, language(context.header("Accept-Language")), body);
    send(context, route.handler().handle(request));
  }

  /** The length that a request announces may be missing or a lie, so the bytes are counted. */
  private static Optional<String> body(Context context) throws IOException {
    if (context.req().getContentLengthLong() > MAX_BODY) {
      return Optional.empty();
    }
    InputStream in = context.req().getInputStream();
    byte[] bytes = in.readNBytes(MAX_BODY + 1);
    return bytes.length > MAX_BODY
        ? Optional.empty()
        : Optional.of(new String(bytes, StandardCharsets.UTF_8));
  }

  /** Takes the language that the browser likes best among ours, else English. */
  static String language(@Nullable String acceptLanguage) {
    if (acceptLanguage == null) {
      return "en";
    }
    try {
      for (Locale.LanguageRange range : Locale.LanguageRange.parse(acceptLanguage)) {
        String name = range.getRange().split("-", 2)[0];
        if (name.equals("zh") || name.equals("en")) {
          return name;
        }
      }
    } catch (IllegalArgumentException e) {
      log.debug("Accept-Language is not understood: {}", acceptLanguage);
    }
    return "en";
  }

  private static void send(Context context, Response reply) {
    context
        .status(reply.status())
        .contentType(reply.type())
        .result(reply.body().getBytes(StandardCharsets.UTF_8));
  }
}
