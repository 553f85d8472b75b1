/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A tracking server on loopback that keeps what it gets, or is out of order. */
final class FakeMlflow implements AutoCloseable {
  /** What the server does with a call. */
  enum Mood {
    WELL,
    BROKEN,
    HANGING,
    REFUSING
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicReference<Mood> mood = new AtomicReference<>(Mood.WELL);
  private final List<String> metrics = new ArrayList<>();
  private final Map<String, String> params = new LinkedHashMap<>();
  private final Map<String, String> tags = new LinkedHashMap<>();
  private final Map<String, Integer> files = new LinkedHashMap<>();
  private final List<String> statuses = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private @Nullable String authorization;
  private int runs;
  private int largest;
  private boolean forgetful;

  FakeMlflow() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/api/2.0/", this::handle);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  void become(Mood next) {
    mood.set(next);
  }

  /** Knows no run any more, until the next one begins. */
  synchronized void forget() {
    forgetful = true;
  }

  /** The numbers as "name step value", in the order in which they came. */
  synchronized List<String> metrics() {
    return List.copyOf(metrics);
  }

  synchronized Map<String, String> params() {
    return Map.copyOf(params);
  }

  synchronized Map<String, String> tags() {
    return Map.copyOf(tags);
  }

  synchronized Map<String, Integer> files() {
    return Map.copyOf(files);
  }

  synchronized List<String> statuses() {
    return List.copyOf(statuses);
  }

  synchronized int runs() {
    return runs;
  }

  /** The most numbers of one call. */
  synchronized int largest() {
    return largest;
  }

  synchronized @Nullable String authorization() {
    return authorization;
  }

  synchronized int calls() {
    return calls.size();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getPath().substring("/api/2.0/".length());
    String answer;
    int status = 200;
    synchronized (this) {
      calls.add(path);
      authorization = exchange.getRequestHeaders().getFirst("Authorization");
    }
    switch (mood.get()) {
      case BROKEN -> {
        status = 500;
        answer = "<html>Internal Server Error</html>";
      }
      case REFUSING -> {
        status = 403;
        answer = "{\"error_code\": \"PERMISSION_DENIED\", \"message\": \"not yours\"}";
      }
      case HANGING -> {
        await();
        return;
      }
      default -> {
        if (path.equals("mlflow/runs/get") && forgot()) {
          status = 404;
          answer = "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}";
        } else if (path.equals("mlflow/experiments/get-by-name")) {
          boolean known = exchange.getRequestURI().getQuery().endsWith("=Default");
          status = known ? 200 : 404;
          answer = known ? "{\"experiment\": {\"experiment_id\": \"0\"}}" : "{}";
        } else {
          answer = answer(path, body);
        }
      }
    }
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private synchronized boolean forgot() {
    return forgetful;
  }

  private void await() {
    try {
      end.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized String answer(String path, byte[] body) {
    if (path.startsWith("mlflow-artifacts/artifacts/")) {
      files.put(path.substring("mlflow-artifacts/artifacts/".length()), body.length);
      return "{}";
    }
    JsonNode call =
        body.length == 0
            ? JsonMapper.shared().createObjectNode()
            : JsonMapper.shared().readTree(body);
    switch (path) {
      case "mlflow/experiments/create" -> {
        return "{\"experiment_id\": \"7\"}";
      }
      case "mlflow/runs/create" -> {
        runs++;
        forgetful = false;
        take(call);
        return info(call.path("experiment_id").asString(""));
      }
      case "mlflow/runs/get" -> {
        return info("7");
      }
      case "mlflow/runs/update" -> statuses.add(call.path("status").asString(""));
      case "mlflow/runs/log-batch" -> take(call);
      default -> throw new UncheckedIOException(new IOException("no such call: " + path));
    }
    return "{}";
  }

  private void take(JsonNode call) {
    largest = Math.max(largest, call.path("metrics").size());
    for (JsonNode metric : call.path("metrics")) {
      metrics.add(
          "%s %d %s"
              .formatted(
                  metric.path("key").asString(),
                  metric.path("step").asLong(),
                  metric.path("value").asString("")));
    }
    for (JsonNode param : call.path("params")) {
      params.put(param.path("key").asString(), param.path("value").asString());
    }
    for (JsonNode tag : call.path("tags")) {
      tags.put(tag.path("key").asString(), tag.path("value").asString());
    }
  }

  private static String info(String experiment) {
    return "{\"run\": {\"info\": {\"run_id\": \"r1\", \"experiment_id\": \"%s\", \"artifact_uri\": \"mlflow-artifacts:/%s/r1/artifacts\"}}}"
        .formatted(experiment, experiment);
  }

  @Override
  public void close() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
