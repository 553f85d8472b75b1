/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.SmallFile;
import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.serve.protocol.WireJson;
import dev.dpo4j.web.Reply;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.Route;
import dev.dpo4j.web.StreamedReply;
import dev.dpo4j.web.WebServer;
import dev.dpo4j.web.WebSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves a model under OpenAI's protocol. */
public final class ModelServer implements AutoCloseable {
  /** The variable of the environment that may hold the key. */
  public static final String KEY_VARIABLE = "DPO4J_API_KEY";

  private static final Logger log = LoggerFactory.getLogger(ModelServer.class);

  /** Connections beyond those that wait for answers: health, metrics, lists. */
  private static final int MORE_THREADS = 64;

  private final ServeOptions options;
  private final ServedModels models;
  private final ServerMetrics metrics = new ServerMetrics();
  private final long created = System.currentTimeMillis() / 1000;
  private final WebServer web;
  private volatile boolean stopping;

  private ModelServer(ServeOptions options, ServedModels models, @Nullable String key) {
    this.options = options;
    this.models = models;
    int threads = options.queueSize() + options.batchSize() + MORE_THREADS;
    WebSettings settings =
        new WebSettings(
            options.host(),
            options.port(),
            options.maxBodyBytes(),
            threads,
            Map.of("X-Content-Type-Options", "nosniff", "Cache-Control", "no-store"),
            ModelServer::fault);
    this.web = WebServer.start(settings, routes(), new ApiGate(key, options.host()));
  }

  /**
   * Loads the models and starts to serve.
   *
   * @param options {@code model_name_or_path} must be set
   * @param environment holds the key where no file does
   * @throws ConfigException if the key or the port cannot be had, or models do not fit together
   */
  public static ModelServer start(ServeOptions options, Map<String, String> environment) {
    String key = key(options, environment);
    ServedModels models = ServedModels.load(options);
    try {
      return new ModelServer(options, models, key);
    } catch (RuntimeException e) {
      models.close();
      throw e;
    }
  }

  private static @Nullable String key(ServeOptions options, Map<String, String> environment) {
    String file = options.apiKeyFile();
    if (file == null) {
      String key = environment.getOrDefault(KEY_VARIABLE, "").strip();
      return key.isEmpty() ? null : key;
    }
    String key;
    try {
      key = SmallFile.readString(Path.of(file)).strip();
    } catch (IOException | UncheckedIOException e) {
      throw keyFault(file + " cannot be read: expected a text file with the key");
    }
    if (key.isEmpty() || key.lines().count() > 1) {
      throw keyFault(file + " must hold the key and nothing else, on one line");
    }
    return key;
  }

  private static ConfigException keyFault(String message) {
    return new ConfigException(new Fault("api_key_file", "--api_key_file", message));
  }

  private List<Route> routes() {
    Admission admission = new Admission(options.batchSize(), options.queueSize());
    ChatApi chat = new ChatApi(models, admission, metrics);
    CompletionApi completions = new CompletionApi(models, admission, metrics);
    List<Route> routes = new ArrayList<>();
    routes.add(Route.post("/v1/chat/completions", counted(chat::answer)));
    routes.add(Route.post("/v1/completions", counted(completions::answer)));
    routes.add(Route.get("/v1/models", counted(request -> list())));
    for (ServedModel model : models.all()) {
      if (model.name().matches("[A-Za-z0-9._-]+")) {
        routes.add(
            Route.get(
                "/v1/models/" + model.name(),
                counted(request -> Response.json(200, WireJson.write(describe(model))))));
      }
    }
    for (String other : List.of("embeddings", "responses", "moderations", "images/generations")) {
      routes.add(
          Route.post(
              "/v1/" + other,
              counted(
                  request -> {
                    throw ApiException.invalid(
                        null,
                        "/v1/%s is not served: this server has /v1/chat/completions and /v1/completions."
                            .formatted(other));
                  })));
    }
    routes.add(
        Route.get(
            "/health",
            request ->
                stopping
                    ? Response.json(503, "{\"status\": \"stopping\"}")
                    : Response.json(200, "{\"status\": \"ok\"}")));
    routes.add(
        Route.get(
            "/metrics",
            request -> {
              int running = models.running();
              String text = metrics.text(running, Math.max(0, models.pending() - running));
              return new Response(200, "text/plain; version=0.0.4; charset=utf-8", text);
            }));
    return routes;
  }

  private Response list() {
    return Response.json(
        200,
        WireJson.write(
            Map.of("object", "list", "data", models.all().stream().map(this::describe).toList())));
  }

  private Map<String, @Nullable Object> describe(ServedModel model) {
    Map<String, @Nullable Object> entry = new LinkedHashMap<>();
    entry.put("id", model.name());
    entry.put("object", "model");
    entry.put("created", created);
    entry.put("owned_by", "dpo4j");
    entry.put("max_model_len", model.context());
    return entry;
  }

  /** Answers, turns refusals into replies, and counts both. */
  private Route.Handler counted(Route.Handler handler) {
    return request -> {
      String path = request.path();
      if (stopping) {
        return refused(path, AnswerRun.stopping());
      }
      metrics.inFlight().incrementAndGet();
      boolean streams = false;
      try {
        Reply reply = handler.handle(request);
        if (reply instanceof StreamedReply streamed) {
          streams = true;
          return followed(path, streamed);
        }
        metrics.request(path, ((Response) reply).status());
        return reply;
      } catch (ApiException e) {
        return refused(path, e);
      } catch (AnswerRun.ClientGone e) {
        metrics.cancelled();
        return gone(path);
      } finally {
        if (!streams) {
          metrics.inFlight().decrementAndGet();
        }
      }
    };
  }

  private Response refused(String path, ApiException e) {
    metrics.request(path, e.status());
    return Response.json(e.status(), e.body());
  }

  /** Nobody reads this reply; the status is that of web servers for such requests. */
  private Response gone(String path) {
    metrics.request(path, 499);
    log.debug("the client of {} left", path);
    return Response.json(499, "{}");
  }

  private StreamedReply followed(String path, StreamedReply reply) {
    return new StreamedReply(
        reply.type(),
        writer -> {
          try {
            reply.body().write(writer);
            metrics.request(path, 200);
          } catch (IOException | AnswerRun.ClientGone e) {
            metrics.cancelled();
            gone(path);
          } finally {
            metrics.inFlight().decrementAndGet();
          }
        });
  }

  private static Response fault(int status, String message) {
    String type = status >= 500 ? "server_error" : "invalid_request_error";
    return Response.json(status, ApiException.body(message, type, null, null));
  }

  /** Returns the port. */
  public int port() {
    return web.port();
  }

  /** Returns the base address for clients. */
  public URI address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return URI.create("http://" + host + ":" + port() + "/v1");
  }

  /** Returns the names of the models, the first of which answers where a request names none. */
  public List<String> modelNames() {
    return models.all().stream().map(ServedModel::name).toList();
  }

  /** Refuses new requests, lets running ones finish for a while, and ends. */
  @Override
  public void close() {
    stopping = true;
    long end = System.nanoTime() + Duration.ofSeconds(options.shutdownTimeout()).toNanos();
    try {
      while (metrics.inFlight().get() > 0 && System.nanoTime() < end) {
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    models.close();
    web.close();
  }
}
