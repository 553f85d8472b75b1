/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import dev.dpo4j.io.ShownText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The calls of MLflow's REST interface that a run needs. */
final class MlflowApi {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String ARTIFACTS = "mlflow-artifacts";
  private static final int EXCERPT = 300;

  private final MlflowSettings settings;
  private final Duration patience;
  private final HttpClient client;

  /**
   * Prepares to call.
   *
   * @param patience an answer that has not come until then is none
   */
  MlflowApi(MlflowSettings settings, Duration patience) {
    this.settings = settings;
    this.patience = patience;
    // A redirect could carry the password to another host.
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();
  }

  /** The server refuses for good: another attempt would fail as this one did. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** Finds an experiment by its name, or makes it. */
  String experiment(String name) throws IOException, InterruptedException {
    try {
      return get("experiments/get-by-name?experiment_name=" + encoded(name))
          .path("experiment")
          .path("experiment_id")
          .asString("");
    } catch (RefusedException e) {
      if (e.status() != 404) {
        throw e;
      }
      ObjectNode body = JSON.createObjectNode().put("name", name);
      return post("experiments/create", body).path("experiment_id").asString("");
    }
  }

  /** Begins a run, and returns what the server knows of it. */
  JsonNode begin(String experimentId, String name, long startTime, Map<String, String> tags)
      throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode();
    body.put("experiment_id", experimentId).put("run_name", name).put("start_time", startTime);
    pairs(body.putArray("tags"), tags);
    return post("runs/create", body).path("run").path("info");
  }

  /** What the server knows of a run. */
  JsonNode run(String id) throws IOException, InterruptedException {
    return get("runs/get?run_id=" + encoded(id)).path("run").path("info");
  }

  /** Tells how far a run is; an end has a time. */
  void update(String id, String status, long endTime) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("run_id", id).put("status", status);
    if (endTime > 0) {
      body.put("end_time", endTime);
    }
    post("runs/update", body);
  }

  void log(
      String id,
      List<MetricBatches.Point> points,
      Map<String, String> params,
      Map<String, String> tags)
      throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("run_id", id);
    ArrayNode metrics = body.putArray("metrics");
    for (MetricBatches.Point point : points) {
      ObjectNode metric = metrics.addObject().put("key", point.name());
      if (Double.isFinite(point.value())) {
        metric.put("value", point.value());
      } else {
        // JSON has no such numbers; protobuf's form of JSON writes them as texts.
        metric.put("value", Double.toString(point.value()));
      }
      metric.put("timestamp", point.time()).put("step", point.step());
    }
    pairs(body.putArray("params"), params);
    pairs(body.putArray("tags"), tags);
    post("runs/log-batch", body);
  }

  /** Whether the server takes files itself, so that no other storage is to be reached. */
  static boolean takesFiles(String artifactUri) {
    return artifactUri.startsWith(ARTIFACTS + ":");
  }

  /** Sends a file of a run. */
  void upload(String artifactUri, String name, Path file) throws IOException, InterruptedException {
    String folder = String.valueOf(URI.create(artifactUri).getRawPath()).replaceAll("^/+|/+$", "");
    HttpRequest.Builder request =
        to("mlflow-artifacts/artifacts/" + folder + "/" + encoded(name))
            .header("Content-Type", "application/octet-stream")
            .PUT(HttpRequest.BodyPublishers.ofFile(file));
    send(request);
  }

  private static void pairs(ArrayNode into, Map<String, String> pairs) {
    pairs.forEach((key, value) -> into.addObject().put("key", key).put("value", value));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return send(to("mlflow/" + path).GET());
  }

  private JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
    return send(
        to("mlflow/" + path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private HttpRequest.Builder to(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(settings.server() + "/api/2.0/" + path));
    String authorization = settings.authorization();
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request.timeout(patience);
  }

  private JsonNode send(HttpRequest.Builder builder) throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    CompletableFuture<HttpResponse<String>> coming =
        client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> response;
    try {
      // The timeout of the request ends with the head of the answer; a body may hang as well.
      response = coming.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "%s did not answer within %d s".formatted(settings.server(), patience.toSeconds()), e);
    } catch (ExecutionException e) {
      throw new IOException(settings.server() + " " + reason(e.getCause()), e);
    } finally {
      coming.cancel(true);
    }
    if (response.statusCode() / 100 != 2) {
      throw refused(request, response);
    }
    try {
      return response.body().isBlank() ? JSON.createObjectNode() : JSON.readTree(response.body());
    } catch (JacksonException e) {
      throw new IOException(
          settings.server() + " answered something that is not JSON: is it a tracking server?", e);
    }
  }

  private static String reason(@Nullable Throwable cause) {
    if (cause instanceof ConnectException) {
      return "cannot be reached";
    }
    if (cause instanceof java.net.http.HttpTimeoutException) {
      return "did not answer in time";
    }
    return cause == null ? "did not answer" : "did not answer (" + cause + ")";
  }

  private IOException refused(HttpRequest request, HttpResponse<String> response) {
    int status = response.statusCode();
    String said = "";
    try {
      said = JSON.readTree(response.body()).path("message").asString("");
    } catch (JacksonException e) {
      // The body of an error may be a page; the status says enough.
    }
    String message =
        "%s answered %d to %s%s"
            .formatted(
                settings.server(),
                status,
                request.uri().getPath(),
                said.isEmpty() ? "" : ": " + excerpt(said));
    if (status == 401 || status == 403) {
      message += ". Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or a token";
    }
    boolean later = status >= 500 || status == 408 || status == 429;
    return later ? new IOException(message) : new RefusedException(status, message);
  }

  private static String excerpt(String text) {
    String line = text.lines().findFirst().orElse("");
    return ShownText.line(line.length() > EXCERPT ? line.substring(0, EXCERPT) + "..." : line);
  }
}
