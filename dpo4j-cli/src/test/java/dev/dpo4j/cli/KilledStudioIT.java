/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real run that a real studio has started, which is killed and comes again. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "a process that is killed exits with 137")
@Timeout(600)
class KilledStudioIT {
  private static final String TOKEN = "a-token-of-20-characters";
  private static final long PAUSE_MILLIS = 200;

  @TempDir private Path folder;
  private final HttpClient browser = HttpClient.newHttpClient();
  private Path runs;
  private Process studio;
  private URI address;

  @BeforeEach
  void make() throws IOException {
    runs = Files.createDirectory(folder.resolve("runs"));
  }

  @AfterEach
  void end() throws IOException {
    if (studio != null) {
      studio.destroyForcibly();
    }
    Path process = runs.resolve(".dpo4j-studio/one/pid");
    if (Files.exists(process)) {
      ProcessHandle.of(Long.parseLong(Files.readString(process).strip()))
          .ifPresent(shell -> shell.descendants().forEach(ProcessHandle::destroyForcibly));
    }
  }

  private void serve() throws IOException {
    ProcessBuilder builder = new ProcessBuilder(ChildRun.command("studio", runs.toString()));
    builder.environment().put("DPO4J_STUDIO_TOKEN", TOKEN);
    builder.environment().put("DPO4J_THREADS", "1");
    builder.redirectError(folder.resolve("err.txt").toFile());
    studio = builder.start();
    BufferedReader out = studio.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line).as(Files.readString(folder.resolve("err.txt"))).startsWith("http://127.0.0.1");
    address = URI.create(line);
  }

  private HttpResponse<String> ask(String path, Map<String, Object> body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .header("Cookie", "dpo4j-" + address.getPort() + "=" + TOKEN);
    if (body != null) {
      request
          .header("Origin", "http://" + address.getAuthority())
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body)));
    }
    return browser.send(
        request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private JsonNode run() throws Exception {
    return JsonMapper.shared().readTree(ask("/api/runs", null).body()).path("runs").path(0);
  }

  private void untilState(String state, long step) throws Exception {
    JsonNode run = run();
    while (!run.path("state").asString("").equals(state) || run.path("step").asLong(0) < step) {
      assertThat(run.path("state").asString(""))
          .as(ask("/run?run=one", null).body())
          .isNotEqualTo("failed");
      Thread.sleep(PAUSE_MILLIS);
      run = run();
    }
  }

  @Test
  void aStartedRunSurvivesTheStudioAndIsStoppedByTheNextOne() throws Exception {
    ChildRun child = ChildRun.dpo(folder);
    Map<String, String> values = new LinkedHashMap<>();
    for (String flag : child.arguments.subList(1, child.arguments.size())) {
      String[] parts = flag.substring(2).split("=", 2);
      values.put(parts[0], parts[1]);
    }
    // Long enough to be running whenever somebody looks.
    values.put("max_steps", "100000");
    values.put("save_steps", "1000");
    values.put("eval_steps", "1000");
    serve();
    HttpResponse<String> started =
        ask("/api/start", Map.of("method", "dpo", "name", "one", "values", values));
    assertThat(started.statusCode()).as(started.body()).isEqualTo(200);
    untilState("running", 3);
    studio.toHandle().destroyForcibly();
    assertThat(studio.waitFor()).isEqualTo(137);

    serve();
    untilState("running", run().path("step").asLong(0) + 2);
    assertThat(ask("/run?run=one", null).body()).contains("What the run prints", "step ");
    assertThat(ask("/api/checkpoint", Map.of("run", "one")).statusCode()).isEqualTo(200);
    assertThat(ask("/api/stop", Map.of("run", "one")).statusCode()).isEqualTo(200);
    untilState("stopped", 3);
    Path code = runs.resolve(".dpo4j-studio/one/exit");
    while (!Files.exists(code) || Files.size(code) == 0) {
      Thread.sleep(PAUSE_MILLIS);
    }
    assertThat(Files.readString(code).strip()).isEqualTo("130");
    assertThat(runs.resolve("one/model.safetensors")).isRegularFile();
    assertThat(runs.resolve("one/report.html")).isRegularFile();
    List<String> requests =
        Files.readAllLines(runs.resolve("one/events.jsonl")).stream()
            .filter(line -> line.contains("\"event\":\"request\""))
            .toList();
    assertThat(requests).hasSizeBetween(1, 2).last().asString().contains("\"stop\"");
  }
}
