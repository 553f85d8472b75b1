/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.io.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run arrives at MLflow's own server. */
@Tag("heavy")
class MlflowServerIT {
  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private Process server;
  private String address;

  @BeforeEach
  void start() throws Exception {
    Path mlflow = Peer.MLFLOW.python().resolveSibling("mlflow");
    int port = FreePort.find();
    address = "http://127.0.0.1:" + port;
    ProcessBuilder builder =
        new ProcessBuilder(
            mlflow.toString(),
            "server",
            "--workers=1",
            "--host=127.0.0.1",
            "--port=" + port,
            "--backend-store-uri=sqlite:///" + folder.resolve("mlflow.db"),
            "--artifacts-destination=" + folder.resolve("artifacts"));
    builder.environment().put("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("server.log").toFile());
    server = builder.start();
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(15);
    while (!isUp()) {
      assertThat(server.isAlive() && System.nanoTime() < end)
          .as(Files.readString(folder.resolve("server.log")))
          .isTrue();
      Thread.sleep(200);
    }
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.descendants().forEach(ProcessHandle::destroyForcibly);
      server.destroyForcibly();
    }
  }

  private boolean isUp() throws InterruptedException {
    try {
      return call("experiments/search?max_results=1").has("experiments");
    } catch (IOException e) {
      return false;
    }
  }

  private JsonNode call(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + "/api/2.0/mlflow/" + path))
            .timeout(Duration.ofMinutes(1))
            .build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    return JsonMapper.shared().readTree(response.body());
  }

  private void dpo4j(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.dpo4j.cli.Main"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Path log = folder.resolve("dpo4j.log");
    builder.redirectOutput(log.toFile());
    builder.environment().put("MLFLOW_TRACKING_URI", address);
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log)).contains(address + "/#/experiments/");
  }

  private String[] run(Path output, int steps) throws IOException {
    Path rows = folder.resolve("pairs.jsonl");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      text.append(
          "{\"prompt\": \"a %d\", \"chosen\": \" b %d\", \"rejected\": \" c\"}\n".formatted(i, i));
    }
    Files.writeString(rows, text);
    return new String[] {
      "dpo",
      "--model_name_or_path=" + Shared.path("golden/models/qwen3"),
      "--dataset_name=" + rows,
      "--output_dir=" + output,
      "--per_device_train_batch_size=4",
      "--max_steps=" + steps,
      "--logging_steps=1",
      "--save_steps=2",
      "--resume_from_checkpoint=auto",
      "--report_to=mlflow"
    };
  }

  @Test
  void aRunThatGoesOnIsOneRunThereWithKeysNumbersAndFiles() throws Exception {
    Path output = folder.resolve("trained");
    Map<String, String> environment =
        Map.of("MLFLOW_EXPERIMENT_NAME", "pairs", "MLFLOW_TAGS", "{\"team\": \"x\"}");
    dpo4j(environment, run(output, 2));
    dpo4j(environment, run(output, 4));
    JsonNode state = JsonMapper.shared().readTree(Files.readString(output.resolve(".mlflow.json")));
    String id = state.path("run_id").asString();
    JsonNode run = call("runs/get?run_id=" + id).path("run");
    assertThat(run.at("/info/status").asString()).isEqualTo("FINISHED");
    assertThat(run.at("/info/run_name").asString()).isEqualTo("trained");
    assertThat(pairs(run.at("/data/params")))
        .contains("learning_rate=1.0e-6", "loss_type=[sigmoid]");
    assertThat(pairs(run.at("/data/tags"))).contains("team=x", "dpo4j.method=dpo");
    for (String metric : List.of("loss", "grad_norm", "rewards/chosen")) {
      JsonNode history = call("metrics/get-history?run_id=" + id + "&metric_key=" + metric);
      assertThat(history.path("metrics").valueStream().map(one -> one.path("step").asInt()))
          .as(metric)
          .containsExactly(1, 2, 3, 4);
    }
    JsonNode files = call("artifacts/list?run_id=" + id).path("files");
    assertThat(files.valueStream().map(file -> file.path("path").asString()))
        .containsExactlyInAnyOrder("config.yaml", "report.html", "run.json");
    JsonNode runs = call("experiments/get-by-name?experiment_name=pairs");
    assertThat(runs.at("/experiment/experiment_id").asString())
        .isEqualTo(state.path("experiment_id").asString());
  }

  private static Stream<String> pairs(JsonNode list) {
    return list.valueStream()
        .map(one -> one.path("key").asString() + "=" + one.path("value").asString());
  }
}
