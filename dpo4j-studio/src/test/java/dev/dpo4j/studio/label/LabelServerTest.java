/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.studio.server.RawHttp;
import dev.dpo4j.studio.server.RawHttp.Answer;
import dev.dpo4j.studio.server.StudioServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The page's requests over real sockets. */
class LabelServerTest {
  @TempDir private Path folder;
  private LabelServer server;
  private RawHttp page;

  @AfterEach
  void close() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  private Path decisions() {
    return folder.resolve("decisions.jsonl");
  }

  private void start(String rows, String... flags) throws IOException {
    Path file = Files.writeString(folder.resolve("rows.jsonl"), rows);
    start(file, flags);
  }

  private void start(Path file, String... flags) throws IOException {
    Map<String, String> map =
        new HashMap<>(Map.of("dataset_name", file.toString(), "output", decisions().toString()));
    for (int i = 0; i < flags.length; i += 2) {
      map.put(flags[i], flags[i + 1]);
    }
    server = LabelServer.start(Samples.options(map));
    page = new RawHttp(server.address()).withToken();
  }

  private static JsonNode json(Answer answer) {
    return JsonMapper.shared().readTree(answer.body());
  }

  private JsonNode question(String annotator) throws IOException {
    Answer answer = page.get("/api/question?annotator=" + annotator);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  private Answer decide(String annotator, String question, String choice) throws IOException {
    return page.post(
        "/api/decision",
        "{\"annotator\": \"%s\", \"question\": \"%s\", \"choice\": \"%s\", \"reason\": \"so\", \"tags\": [\"style\"], \"seconds\": 3.14}"
            .formatted(annotator, question, choice));
  }

  private List<Decision> written() {
    return DecisionFile.read(decisions(), true).decisions();
  }

  @Test
  void aDecisionIsOnTheDiskBeforeItIsAnswered() throws IOException {
    start(Samples.rows(folder, 3));
    JsonNode view = question("ann");
    assertThat(view.path("answered").asInt()).isZero();
    assertThat(view.path("remaining").asInt()).isEqualTo(3);
    Answer answer = decide("ann", view.path("question").path("id").asString(), "left");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    List<Decision> written = written();
    assertThat(written).hasSize(1);
    assertThat(written.get(0).prompt()).isEqualTo("prompt 0");
    assertThat(written.get(0).answers()).containsExactly("first 0", "second 0");
    assertThat(written.get(0).reason()).isEqualTo("so");
    assertThat(written.get(0).tags()).containsExactly("style");
    assertThat(written.get(0).seconds()).isEqualTo(3.1);
    assertThat(json(answer).path("question").path("prompt").asString()).contains("prompt 1");
  }

  @Test
  void nothingThatTheBrowserGetsTellsWhichAnswerIsWhich() throws IOException {
    String row =
        "{\"prompt\": \"p%d\", \"chosen\": \"same words\", \"rejected\": \"same words\"}\n";
    start(
        row.formatted(0) + row.formatted(1),
        "gold",
        Samples.gold(folder, 1).toString(),
        "gold_every",
        "2");
    for (int i = 0; i < 3; i++) {
      JsonNode view = question("ann");
      assertThat(view.propertyNames())
          .containsExactlyInAnyOrder("question", "answered", "remaining", "can_undo", "team");
      assertThat(view.path("question").propertyNames())
          .containsExactlyInAnyOrder("id", "prompt", "answers");
      assertThat(view.toString()).doesNotContainIgnoringCase("chosen", "rejected", "digest", "row");
      assertThat(view.path("question").path("id").asString()).matches("[0-9a-f]{16}");
      decide("ann", view.path("question").path("id").asString(), "tie");
    }
    assertThat(written()).filteredOn(Decision::gold).hasSize(1);
  }

  @Test
  void aScriptInAnAnswerArrivesAsText() throws IOException {
    start(
        """
        {"prompt": [{"role": "<img src=x onerror=alert(1)>", "content": "<script>alert(1)</script>", "na<i>me": "<b>"}], "answers": ["<script>alert(2)</script> [x](javascript:alert(3))", "<svg onload=alert(4)>"]}
        """);
    JsonNode question = question("ann").path("question");
    JsonNode answers = question.path("answers");
    for (JsonNode part : List.of(question.path("prompt"), answers.get(0), answers.get(1))) {
      assertThat(part.asString())
          .contains("&lt;")
          .doesNotContain("<script", "<img", "<svg", "<i>", "<b>", "href=");
    }
  }

  @Test
  void everyFieldOfAMessageIsShown() throws IOException {
    start(
        """
        {"prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi **there**"}, {"type": "text", "text": "again"}]}], "answers": [[{"role": "assistant", "content": "", "tool_calls": [{"name": "weather"}]}, {"role": "tool", "content": "sunny"}, {"role": "assistant", "content": "Sun."}], "No idea."]}
        """);
    JsonNode question = question("ann").path("question");
    assertThat(question.path("prompt").asString())
        .contains("data-role=\"system\"", "Be brief.", "<strong>there</strong>", "again");
    String both =
        question.path("answers").get(0).asString() + question.path("answers").get(1).asString();
    assertThat(both).contains("tool_calls", "weather", "data-role=\"tool\"", "sunny", "No idea.");
  }

  @Test
  void requestsThatMakeNoSenseAreRefusedWithTheReason() throws IOException {
    start(Samples.rows(folder, 2));
    String id = question("ann").path("question").path("id").asString();
    assertThat(decide("ann", id, "maybe").status()).isEqualTo(400);
    assertThat(decide("../ann", id, "left").status()).isEqualTo(400);
    assertThat(decide("ann", "0000000000000000", "left").status()).isEqualTo(409);
    assertThat(page.post("/api/decision", "{not json").status()).isEqualTo(400);
    assertThat(page.post("/api/decision", "[]").status()).isEqualTo(400);
    assertThat(page.post("/api/decision", "{\"winner\": 0}").status()).isEqualTo(400);
    assertThat(page.post("/api/undo", "{\"annotator\": \"ann\"}").status()).isEqualTo(409);
    assertThat(page.get("/api/question").status()).isEqualTo(400);
    assertThat(page.get("/api/question?annotator=%00").status()).isEqualTo(400);
    String huge = "x".repeat(StudioServer.MAX_BODY);
    assertThat(page.post("/api/undo", "{\"annotator\": \"" + huge + "\"}").status()).isEqualTo(413);
    assertThat(written()).isEmpty();
  }

  @Test
  void aStrangerReachesNoneOfTheRoutes() throws IOException {
    start(Samples.rows(folder, 2));
    RawHttp stranger = new RawHttp(server.address());
    for (String path :
        List.of("/", "/summary", "/web/label.js", "/api/session", "/api/question?annotator=ann")) {
      assertThat(stranger.get(path).status()).as(path).isEqualTo(401);
    }
    assertThat(stranger.post("/api/undo", "{\"annotator\": \"ann\"}").status()).isEqualTo(401);
    RawHttp elsewhere = page.with("Origin", "http://evil.example");
    String id = question("ann").path("question").path("id").asString();
    assertThat(
            elsewhere
                .post(
                    "/api/decision",
                    "{\"annotator\": \"ann\", \"question\": \"" + id + "\", \"choice\": \"left\"}")
                .status())
        .isEqualTo(403);
    assertThat(written()).isEmpty();
  }

  @Test
  void withOneAnnotatorNobodyElseLabels() throws IOException {
    start(Samples.rows(folder, 2), "annotator", "ann");
    assertThat(json(page.get("/api/session")).path("annotator").asString()).isEqualTo("ann");
    assertThat(page.get("/api/question?annotator=bob").status()).isEqualTo(400);
    String id = question("").path("question").path("id").asString();
    assertThat(decide("", id, "tie").status()).isEqualTo(200);
    assertThat(written().get(0).annotator()).isEqualTo("ann");
  }

  @Test
  void theSummaryIsTheReportWithoutTheGoldQuestions() throws IOException {
    start(Samples.rows(folder, 2), "overlap", "2");
    for (String name : List.of("ann", "bob")) {
      JsonNode view = question(name);
      while (!view.path("question").isNull()) {
        view = json(decide(name, view.path("question").path("id").asString(), "tie"));
      }
    }
    JsonNode summary = json(page.get("/api/summary"));
    assertThat(summary.path("rows_finished").asInt()).isEqualTo(2);
    assertThat(summary.path("agreement").path("observed").asDouble()).isEqualTo(1);
    assertThat(summary.path("agreement").path("fleiss_kappa").isNull()).isTrue();
    server.close();
    JsonNode report = JsonMapper.shared().readTree(LabelReport.read(decisions()).toJson());
    assertThat(report.path("annotators").get(0).propertyNames()).contains("gold_accuracy");
    report
        .path("annotators")
        .forEach(
            stats ->
                ((ObjectNode) stats)
                    .remove(List.of("gold_asked", "gold_correct", "gold_accuracy")));
    report
        .propertyNames()
        .forEach(name -> assertThat(summary.path(name)).as(name).isEqualTo(report.path(name)));
  }

  @Test
  void pagesAndTheirFilesAreServedWithTheirTypes() throws IOException {
    start(Samples.rows(folder, 1));
    Answer html = page.with("Accept-Language", "zh-CN").get("/");
    assertThat(html.headers().get("content-type")).startsWith("text/html");
    assertThat(html.body()).contains("<html lang=\"zh\">");
    assertThat(page.get("/web/label.js").headers().get("content-type"))
        .startsWith("text/javascript");
    assertThat(page.get("/web/studio.css").headers().get("content-type")).startsWith("text/css");
    assertThat(page.send("HEAD", "/summary", new byte[0]).status()).isEqualTo(200);
  }
}
