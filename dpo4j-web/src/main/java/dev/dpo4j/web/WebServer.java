/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.util.JavalinBindException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a fixed list of routes to whoever passes a {@link RequestGate}. */
public final class WebServer implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(WebServer.class);

  /** Time to write replies that are ready when the server ends. */
  private static final long STOP_MILLIS = 2_000;

  private static final long LOOK_MILLIS = 10;

  /** Marks a request that was counted when it began. */
  private static final String COUNTED = "dpo4j.counted";

  /** Marks a request that somebody has answered, with whatever status. */
  private static final String SAID = "dpo4j.said";

  private final WebSettings settings;
  private final RequestGate gate;
  private final AtomicInteger open = new AtomicInteger();
  private final Javalin javalin;

  private WebServer(WebSettings settings, List<Route> routes, RequestGate gate) {
    this.settings = settings;
    this.gate = gate;
    this.javalin = Javalin.create(config -> configure(config, routes));
  }

  /**
   * Starts to serve.
   *
   * @param routes all that is served
   * @throws ConfigException if the port cannot be had
   */
  public static WebServer start(WebSettings settings, List<Route> routes, RequestGate gate) {
    WebServer server = new WebServer(settings, routes, gate);
    try {
      server.javalin.start(settings.host(), settings.port());
      return server;
    } catch (JavalinBindException e) {
      throw new ConfigException(
          new Fault(
              "port",
              "--port",
              "cannot listen on %s:%d: it is taken, or not allowed. Choose another, or 0 for any that is free."
                  .formatted(settings.host(), settings.port())));
    }
  }

  /** Returns the port. */
  public int port() {
    return javalin.port();
  }

  /** Ends when the replies that are being written are with their clients, or after a while. */
  @Override
  public void close() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS);
    try {
      while (open.get() > 0 && System.nanoTime() < end) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    javalin.stop();
  }

  private void begin(Context context) {
    open.incrementAndGet();
    context.attribute(COUNTED, true);
  }

  private void end(Context context) {
    if (Boolean.TRUE.equals(context.attribute(COUNTED))) {
      open.decrementAndGet();
    }
  }

  private void configure(JavalinConfig config, List<Route> routes) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.threadPool = new QueuedThreadPool(settings.threads(), 4);
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.prefer405over404 = true;
    config.router.ignoreTrailingSlashes = false;
    config.routes.before(this::begin);
    config.routes.before(this::guard);
    // Called when the last byte of a reply was handed to the network.
    config.requestLogger.http((context, milliseconds) -> end(context));
    for (Route route : routes) {
      switch (route.method()) {
        case GET -> config.routes.get(route.path(), context -> answer(route, context));
        case POST -> config.routes.post(route.path(), context -> answer(route, context));
      }
    }
    config.routes.error(404, context -> fault(context, 404, "There is nothing at this path."));
    config.routes.error(405, context -> fault(context, 405, "This path has another method."));
    config.routes.exception(
        Exception.class,
        (e, context) -> {
          log.error("{} {} failed", context.method(), context.path(), e);
          fault(context, 500, "The server failed; its log says how.");
        });
  }

  /** Says what is wrong, unless a handler has said it already. */
  private void fault(Context context, int status, String message) {
    boolean said = status != 500 && Boolean.TRUE.equals(context.attribute(SAID));
    if (!said && !context.res().isCommitted()) {
      send(context, settings.faults().reply(status, message));
    }
  }

  private void guard(Context context) {
    settings.headers().forEach(context::header);
    RequestGate.Head head = head(context);
    Optional<Response> refusal = gate.check(head);
    if (refusal.isPresent()) {
      log.debug("{} {}: {}", head.method(), head.path(), refusal.get());
      send(context, refusal.get());
      context.skipRemainingHandlers();
    } else {
      gate.headers(head).forEach((name, value) -> context.res().addHeader(name, value));
    }
  }

  private static RequestGate.Head head(Context context) {
    return new RequestGate.Head() {
      @Override
      public String method() {
        return context.req().getMethod();
      }

      @Override
      public String path() {
        return context.req().getRequestURI();
      }

      @Override
      public int port() {
        return context.req().getLocalPort();
      }

      @Override
      public @Nullable String header(String name) {
        return context.header(name);
      }

      @Override
      public @Nullable String cookie(String name) {
        return context.cookie(name);
      }

      @Override
      public @Nullable String query(String name) {
        return context.queryParam(name);
      }
    };
  }

  private void answer(Route route, Context context) throws Exception {
    String body = "";
    if (route.method() == Route.Method.POST) {
      byte[] bytes = body(context);
      if (bytes == null) {
        send(
            context,
            settings
                .faults()
                .reply(413, "The request is longer than " + settings.maxBody() + " bytes."));
        return;
      }
      try {
        body = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        send(context, settings.faults().reply(400, "The request's body is not valid UTF-8."));
        return;
      }
    }
    Map<String, String> query = new LinkedHashMap<>();
    context.queryParamMap().forEach((name, values) -> query.put(name, values.get(0)));
    String language = language(context.header("Accept-Language"));
    Request request = new Request(route.path(), query, language, body, client(context));
    Reply reply = route.handler().handle(request);
    if (reply instanceof Response response) {
      send(context, response);
    } else {
      stream(context, (StreamedReply) reply);
    }
  }

  /** The length that a request announces may be missing or a lie, so the bytes are counted. */
  private byte @Nullable [] body(Context context) throws IOException {
    int most = settings.maxBody();
    if (context.req().getContentLengthLong() > most) {
      return null;
    }
    byte[] bytes = context.req().getInputStream().readNBytes(most + 1);
    return bytes.length > most ? null : bytes;
  }

  /**
   * The server does not read from a connection while its request is handled, so nobody notices that
   * the client has closed it. A read that does not wait tells: it finds the end, or nothing.
   */
  private static Request.Client client(Context context) {
    Object channel =
        ServletContextRequest.getServletContextRequest(context.req())
            .getConnectionMetaData()
            .getConnection()
            .getEndPoint()
            .getTransport();
    boolean[] gone = {false};
    return () -> {
      if (!gone[0] && channel instanceof SocketChannel socket) {
        try {
          int read = socket.isOpen() ? socket.read(ByteBuffer.allocate(1)) : -1;
          // A client that sends before it has the answer breaks the connection for itself.
          gone[0] = read != 0;
        } catch (IOException e) {
          gone[0] = true;
        }
      }
      return gone[0];
    };
  }

  private static void stream(Context context, StreamedReply reply) throws IOException {
    context.res().setStatus(200);
    context.res().setContentType(reply.type());
    try (OutputStream out = context.res().getOutputStream()) {
      reply
          .body()
          .write(
              text -> {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                out.flush();
              });
    }
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
    byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
    context.attribute(SAID, true);
    reply.headers().forEach(context::header);
    context.status(reply.status()).contentType(reply.type());
    // With its length known, a reply is complete with its last byte, and not with a mark behind it.
    context.res().setContentLength(body.length);
    try {
      if (UnreadBody.isOf(context.req())) {
        OutputStream out = context.res().getOutputStream();
        out.write(body);
        out.flush();
        UnreadBody.discard(context.req());
      } else {
        context.result(body);
      }
    } catch (IOException e) {
      log.debug("{} {}: the client has gone", context.method(), context.path(), e);
    }
  }
}
