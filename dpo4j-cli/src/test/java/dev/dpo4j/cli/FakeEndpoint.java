/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An OpenAI-compatible server on loopback that does what a test wants, and counts what it sold. */
final class FakeEndpoint implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();

  /** Decides what a request gets. */
  interface Brain {
    Response answer(Request request) throws InterruptedException;
  }

  /**
   * A request.
   *
   * @param time how often this very body was sent before
   * @param number requests before this one, of any body
   */
  record Request(JsonNode body, int time, int number) {
    String model() {
      return body.get("model").asString();
    }

    String user() {
      JsonNode messages = body.get("messages");
      return messages.get(messages.size() - 1).get("content").asString();
    }

    String system() {
      JsonNode first = body.get("messages").get(0);
      return first.get("role").asString().equals("system") ? first.get("content").asString() : "";
    }

    boolean judges() {
      return user().contains("<answer-A-");
    }

    /** The answer that is shown at a place, A or B, by the tags around it. */
    String shown(String place) {
      Matcher tag = Pattern.compile("<(answer-" + place + "-[0-9a-f]+)>\n").matcher(user());
      if (!tag.find()) {
        throw new IllegalStateException("no answer " + place);
      }
      int end = user().indexOf("\n</" + tag.group(1) + ">", tag.end());
      return user().substring(tag.end(), end);
    }
  }

  /** What is sent back; null closes the connection without a word. */
  record Response(int status, Map<String, String> headers, String body) {
    static Response of(int status, String body) {
      return new Response(status, Map.of(), body);
    }

    static Response says(String content) {
      return says(content, "stop");
    }

    static Response says(String content, String finishReason) {
      Map<String, Object> body = new LinkedHashMap<>();
      Map<String, Object> message = Map.of("role", "assistant", "content", content);
      body.put("choices", List.of(Map.of("message", message, "finish_reason", finishReason)));
      body.put("usage", Map.of("prompt_tokens", 100, "completion_tokens", 10));
      return of(200, JSON.writeValueAsString(body));
    }

    static Response verdict(String verdict) {
      return says("{\"reason\": \"because\", \"verdict\": \"" + verdict + "\"}");
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Integer> sent = new ConcurrentHashMap<>();
  private final Map<String, Integer> paid = new ConcurrentHashMap<>();
  private final List<String> authorizations = new ArrayList<>();
  private final AtomicInteger number = new AtomicInteger();
  private volatile Brain brain;

  FakeEndpoint(Brain brain) throws IOException {
    this.brain = brain;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/chat/completions", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  void brain(Brain other) {
    brain = other;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  private void handle(HttpExchange exchange) throws IOException {
    String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    synchronized (authorizations) {
      authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    }
    int time = sent.merge(text, 1, Integer::sum) - 1;
    @Nullable Response response = null;
    try {
      response = brain.answer(new Request(JSON.readTree(text), time, number.getAndIncrement()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (response == null) {
      exchange.close();
      return;
    }
    if (exchange.getRequestHeaders().containsKey("Upgrade")) {
      response = Response.of(400, "this server knows HTTP/1.1 only");
    }
    response.headers().forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
    byte[] bytes = response.body().getBytes(StandardCharsets.UTF_8);
    if (response.status() == 200) {
      paid.merge(text, 1, Integer::sum);
    }
    exchange.sendResponseHeaders(response.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** How often each body got a response with status 200. */
  Map<String, Integer> paid() {
    return new LinkedHashMap<>(paid);
  }

  int paidInAll() {
    return paid.values().stream().mapToInt(Integer::intValue).sum();
  }

  int requests() {
    return number.get();
  }

  List<String> authorizations() {
    synchronized (authorizations) {
      return new ArrayList<>(authorizations);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
