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
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Kills a real label server and looks whether every decision that it confirmed is there. */
@DisabledOnOs(OS.WINDOWS)
class KilledLabelServerIT {
  private static final int ROWS = 60;

  @TempDir private Path folder;
  private Process server;
  private URI address;
  private final HttpClient browser = HttpClient.newHttpClient();

  @AfterEach
  void end() {
    if (server != null) {
      server.destroyForcibly();
    }
  }

  private void start() throws IOException {
    Path rows = folder.resolve("rows.jsonl");
    if (!Files.exists(rows)) {
      Files.writeString(
          rows,
          IntStream.range(0, ROWS)
              .mapToObj(i -> "{\"prompt\": \"p%d\", \"answers\": [\"a\", \"b\"]}\n".formatted(i))
              .collect(Collectors.joining()));
    }
    List<String> command =
        ChildRun.command("label", rows.toString(), "--output", decisions().toString());
    server =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.to(folder.resolve("err.txt").toFile()))
            .start();
    BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    assertThat(line).as(Files.readString(folder.resolve("err.txt"))).startsWith("http://127.0.0.1");
    address = URI.create(line);
  }

  private Path decisions() {
    return folder.resolve("decisions.jsonl");
  }

  private JsonNode ask(String path, Map<String, Object> body) throws Exception {
    String token = address.getQuery().substring("token=".length());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .header("Cookie", "dpo4j-" + address.getPort() + "=" + token);
    if (body != null) {
      request
          .header("Origin", "http://" + address.getAuthority())
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body)));
    }
    HttpResponse<String> answer =
        browser.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private void decide(int count) throws Exception {
    JsonNode view = ask("/api/question?annotator=ann", null);
    for (int i = 0; i < count; i++) {
      Map<String, Object> answer =
          Map.of(
              "annotator",
              "ann",
              "question",
              view.path("question").path("id").asString(),
              "choice",
              i % 3 == 0 ? "tie" : "left",
              "reason",
              "Entscheidung " + i + " 因为");
      view = ask("/api/decision", answer);
    }
  }

  private void kill() throws InterruptedException {
    server.toHandle().destroyForcibly();
    assertThat(server.waitFor()).isEqualTo(137);
  }

  private List<JsonNode> written(String type) throws IOException {
    return Files.readAllLines(decisions()).stream()
        .map(line -> JsonMapper.shared().readTree(line))
        .filter(line -> line.path("type").asString().equals(type))
        .toList();
  }

  @Test
  @Timeout(600)
  void killingTheServerAfterFiftyDecisionsLosesNone() throws Exception {
    start();
    decide(50);
    kill();
    assertThat(written("decision")).hasSize(50);
    assertThat(written("decision").get(49).path("reason").asString())
        .isEqualTo("Entscheidung 49 因为");
    // What a kill in the middle of a write would leave.
    Files.writeString(decisions(), "{\"type\":\"decision\",\"ti", StandardOpenOption.APPEND);
    start();
    assertThat(Files.readString(folder.resolve("err.txt")))
        .contains(
            "broke off inside its last line", "Its 22 bytes were never confirmed", "are cut off")
        .contains("60 rows, 50 finished");
    assertThat(ask("/api/question?annotator=ann", null).path("answered").asInt()).isEqualTo(50);
    decide(ROWS - 50);
    kill();
    assertThat(written("decision"))
        .hasSize(ROWS)
        .extracting(line -> line.path("row").asInt())
        .doesNotHaveDuplicates();
    assertThat(written("start")).hasSize(2);
  }
}
