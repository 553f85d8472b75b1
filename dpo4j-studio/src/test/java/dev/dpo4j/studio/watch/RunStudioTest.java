/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.io.RunRequest;
import dev.dpo4j.studio.server.RawHttp;
import dev.dpo4j.studio.server.RawHttp.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the studio answers, over real sockets. */
@Timeout(600)
class RunStudioTest {
  private static final String TOKEN = "a-token-of-20-characters";

  @TempDir private Path root;
  private RunStudio studio;
  private RawHttp page;

  @BeforeEach
  void runs() throws IOException {
    MadeRuns.begin(root.resolve("alive"), 30);
    MadeRuns.end(MadeRuns.begin(root.resolve("sweep/a b&c<d>"), 30), "finished");
    serve(false);
  }

  private void serve(boolean readOnly) throws IOException {
    close();
    studio =
        RunStudio.start(
            new StudioOptions(root.toString(), 0, readOnly, null), MadeRuns.setup(TOKEN));
    page = new RawHttp(studio.address()).withToken();
  }

  @AfterEach
  void close() throws IOException {
    if (studio != null) {
      studio.close();
      studio = null;
    }
  }

  @Test
  void theListHasEveryRunWithItsState() throws IOException {
    Answer list = page.get("/");
    assertThat(list.status()).isEqualTo(200);
    assertThat(list.body())
        .contains("/run?run=alive", "/run?run=sweep%2Fa+b%26c%3Cd%3E", "sweep/a b&amp;c&lt;d&gt;")
        .contains("killed or crashed", "finished", "30 / 500")
        .doesNotContain("<d>");
    JsonNode runs = JsonMapper.shared().readTree(page.get("/api/runs").body()).path("runs");
    assertThat(runs).hasSize(2);
    assertThat(runs.findValuesAsString("state")).containsExactlyInAnyOrder("killed", "finished");
  }

  @Test
  void thePageOfARunIsThatOfItsReport() throws IOException {
    Answer run = page.get("/run?run=sweep%2Fa+b%26c%3Cd%3E");
    assertThat(run.status()).isEqualTo(200);
    assertThat(run.body())
        .contains("chart-loss", "prompt reaches max_length", "src=\"/web/report/report.js\"")
        .contains("\"label\":\"loss\"")
        .doesNotContain("<style>", "unsafe-inline");
    assertThat(page.get("/run?points=no&run=alive").body()).doesNotContain("\"label\":\"loss\"");
    for (String file : new String[] {"uPlot.iife.min.js", "page.js", "report.js", "report.css"}) {
      assertThat(page.get("/web/report/" + file).status()).as(file).isEqualTo(200);
    }
  }

  @Test
  void aRunThatIsNotThereIsSaidSo() throws IOException {
    for (String name : new String[] {"", "gone", "..%2F..%2Fetc", "%00", "alive%2F..%2Falive"}) {
      Answer answer = page.get("/run?run=" + name);
      assertThat(answer.status()).as(name).isEqualTo(404);
      assertThat(answer.body()).contains("There is no run of this name");
      assertThat(page.get("/api/live?run=" + name).status()).as(name).isEqualTo(404);
    }
  }

  @Test
  void runsAreCompared() throws IOException {
    String other = "sweep%2Fa+b%26c%3Cd%3E";
    Answer both = page.get("/compare?run1=alive&run2=" + other);
    assertThat(both.status()).isEqualTo(200);
    assertThat(both.body()).contains("Comparison of runs", "\"label\":\"alive\"");
    assertThat(page.get("/compare?run1=alive").status()).isEqualTo(400);
    assertThat(page.get("/compare?run1=alive&run2=alive").status()).isEqualTo(400);
    assertThat(page.get("/compare?run1=alive&run2=gone").status()).isEqualTo(404);
  }

  @Test
  void strangersGetNothing() throws IOException {
    RawHttp stranger = new RawHttp(studio.address());
    for (String path : new String[] {"/", "/run?run=alive", "/api/runs", "/api/live", "/metrics"}) {
      assertThat(stranger.get(path).status()).as(path).isEqualTo(401);
      assertThat(page.with("Host", "evil.example").get(path).status()).as(path).isEqualTo(421);
    }
    String address = "http://127.0.0.1:1";
    assertThat(page.with("Origin", address).post("/api/stop", "{\"run\": \"alive\"}").status())
        .isEqualTo(403);
  }

  @Test
  void prometheusReadsFiguresWithTheTokenInAHeader() throws IOException {
    MadeRuns.add(root.resolve("alive"), "metrics.jsonl", "{\"step\": 31, \"loss\": \"NaN\"}\n");
    serve(false);
    RawHttp collector = new RawHttp(studio.address()).with("Authorization", "Bearer " + TOKEN);
    Answer metrics = collector.get("/metrics");
    assertThat(metrics.status()).isEqualTo(200);
    assertThat(metrics.headers().get("content-type")).startsWith("text/plain; version=0.0.4");
    assertThat(metrics.body())
        .contains("dpo4j_run_state{run=\"alive\",state=\"killed\"} 1\n")
        .contains("dpo4j_run_step{run=\"alive\"} 31\n")
        .contains("dpo4j_run_max_steps{run=\"alive\"} 500\n")
        .contains("dpo4j_run_diverging{run=\"alive\"} 1\n")
        .contains("dpo4j_run_metric{run=\"alive\",metric=\"loss\"} NaN\n")
        .contains("dpo4j_run_metric{run=\"sweep/a b&c<d>\",metric=\"rewards/accuracies\"} 0.53\n");
    assertThat(metrics.body().lines())
        .allMatch(line -> line.matches("# (HELP|TYPE) .*|[a-z0-9_]+\\{.*\\} (NaN|[-0-9.E]+)"));
    assertThat(collector.with("Authorization", "Bearer wrong").get("/metrics").status())
        .isEqualTo(401);
    assertThat(collector.get("/api/runs").status()).as("for figures alone").isEqualTo(401);
  }

  @Test
  void aRunIsAskedToStopAndToSave() throws IOException {
    Path run = root.resolve("alive");
    try (OwnerLock lock = OwnerLock.ofFolder(run)) {
      assertThat(lock).isNotNull();
      serve(false);
      assertThat(page.get("/run?run=alive").body()).contains("data-post=\"/api/stop\"");
      assertThat(page.post("/api/checkpoint", "{\"run\": \"alive\"}").status()).isEqualTo(200);
      assertThat(page.post("/api/stop", "{\"run\": \"alive\"}").status()).isEqualTo(200);
      assertThat(page.post("/api/stop", "{\"run\": \"alive\"}").status()).isEqualTo(200);
    }
    assertThat(RunRequest.STOP.take(run)).isTrue();
    assertThat(RunRequest.CHECKPOINT.take(run)).isTrue();
  }

  @Test
  void aRunThatDoesNotRunIsNotAsked() throws IOException {
    assertThat(page.post("/api/stop", "{\"run\": \"alive\"}").status()).isEqualTo(409);
    assertThat(page.post("/api/stop", "{\"run\": \"../alive\"}").status()).isEqualTo(404);
    assertThat(page.post("/api/stop", "[1").status()).isEqualTo(404);
    assertThat(RunRequest.STOP.isPending(root.resolve("alive"))).isFalse();
    assertThat(page.get("/run?run=alive").body()).doesNotContain("data-post");
  }

  @Test
  void readOnlyMeansThatNothingCanBeAsked() throws IOException {
    Path run = root.resolve("alive");
    try (OwnerLock lock = OwnerLock.ofFolder(run)) {
      assertThat(lock).isNotNull();
      serve(true);
      assertThat(page.get("/run?run=alive").body()).contains("running").doesNotContain("data-post");
      assertThat(page.post("/api/stop", "{\"run\": \"alive\"}").status()).isEqualTo(404);
      assertThat(page.post("/api/checkpoint", "{\"run\": \"alive\"}").status()).isEqualTo(404);
    }
    assertThat(RunRequest.STOP.isPending(run)).isFalse();
  }

  private static String await(BufferedReader in, String word) throws IOException {
    String line = in.readLine();
    while (!line.contains(word)) {
      line = in.readLine();
    }
    return line;
  }

  @Test
  void newPointsArriveAsEvents() throws IOException {
    Matcher at =
        Pattern.compile("data-at=\"([0-9.]+)\"").matcher(page.get("/run?run=alive").body());
    assertThat(at.find()).isTrue();
    try (Socket socket = new Socket("127.0.0.1", studio.address().getPort());
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      String request =
          "GET /api/live?run=alive&since=%s HTTP/1.1\r\nHost: %s\r\nCookie: dpo4j-%d=%s\r\n\r\n"
              .formatted(
                  at.group(1), studio.address().getAuthority(), studio.address().getPort(), TOKEN);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      await(in, "text/event-stream");
      MadeRuns.steps(root.resolve("alive"), 31, 32);
      await(in, "event: points");
      assertThat(await(in, "data: ")).contains("\"loss\":[[31.0,", "[32.0,");
      Files.delete(root.resolve("alive/metrics.jsonl"));
      MadeRuns.steps(root.resolve("alive"), 7, 8);
      await(in, "event: again");
      MadeRuns.end(root.resolve("alive"), "finished");
      await(in, "event: facts");
      studio.close(); // Ends although a page listens.
    }
  }

  @Test
  void aTokenThatIsChosenMustBeLong() {
    StudioOptions options = new StudioOptions(root.toString(), 0, false, null);
    assertThatThrownBy(() -> RunStudio.start(options, MadeRuns.setup("short")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("DPO4J_STUDIO_TOKEN")
        .hasMessageNotContaining("short");
    assertThat(studio.address().getQuery()).isEqualTo("token=" + TOKEN);
  }

  @Test
  void aFolderThatIsNotThereAndAPortThatIsTakenAreFaults() {
    StudioOptions nowhere = new StudioOptions(root.resolve("nowhere").toString(), 0, false, null);
    assertThatThrownBy(() -> RunStudio.start(nowhere, MadeRuns.setup(null)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is not a folder");
    StudioOptions taken =
        new StudioOptions(root.toString(), studio.address().getPort(), false, null);
    assertThatThrownBy(() -> RunStudio.start(taken, MadeRuns.setup(null)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--port");
  }

  @Test
  void aFormIsCheckedAndStartsARunOfItsOwn() throws Exception {
    assertThat(page.get("/new").body()).contains("name=\"beta\"", "id=\"start\"");
    Answer faulty =
        page.post(
            "/api/draft",
            "{\"method\": \"dpo\", \"name\": \"../x\", \"values\": {\"beta\": \"no\"}}");
    assertThat(faulty.status()).isEqualTo(422);
    assertThat(faulty.body()).contains("output_dir", "beta", "model_name_or_path");
    String good =
        "{\"method\": \"dpo\", \"name\": \"new one\", \"values\": {\"beta\": \"0.3\", \"model_name_or_path\": \"m\", \"dataset_name\": \"it's\"}}";
    JsonNode draft = JsonMapper.shared().readTree(page.post("/api/draft", good).body());
    assertThat(draft.path("yaml").asString()).contains("beta: 0.3");
    assertThat(draft.path("command").asString())
        .startsWith("./dpo4j dpo --")
        .contains("'it'\\''s'");
    assertThat(Files.exists(root.resolve(".dpo4j-studio"))).as("nothing was started").isFalse();
    Answer started = page.post("/api/start", good);
    assertThat(started.status()).as(started.body()).isEqualTo(200);
    Answer shown = page.get("/run?run=new+one");
    for (int i = 0; i < 3000 && !shown.body().contains("exit code 3"); i++) {
      Thread.sleep(100);
      shown = page.get("/run?run=new+one");
    }
    assertThat(shown.body()).contains("exit code 3", "started dpo --config", "beta: 0.3");
    assertThat(page.get("/").body()).contains("Starts without a run", "new one");
    assertThat(page.post("/api/start", good.replace("new one", "alive")).status()).isEqualTo(409);
  }

  @Test
  void readOnlyMeansThatNothingCanBeStarted() throws IOException {
    serve(true);
    assertThat(page.get("/new").status()).isEqualTo(404);
    assertThat(page.post("/api/start", "{}").status()).isEqualTo(404);
    assertThat(page.post("/api/label", "{}").status()).isEqualTo(404);
    assertThat(page.get("/").body()).doesNotContain("/new");
  }

  @Test
  void dataAreExaminedAndLabelled() throws IOException {
    Files.writeString(
        root.resolve("pairs.jsonl"),
        """
        {"prompt": "a", "chosen": "b", "rejected": "<c>"}
        {"prompt": "a", "chosen": "b", "rejected": "<c>"}
        """);
    assertThat(page.get("/data").body()).contains("pairs.jsonl").doesNotContain("metrics.jsonl");
    Answer doctor = page.get("/doctor?file=pairs.jsonl");
    assertThat(doctor.status()).isEqualTo(200);
    assertThat(doctor.body()).contains("duplicate", "href=\"/data\"").doesNotContain("<c>");
    assertThat(doctor.headers().get("content-security-policy"))
        .contains("style-src 'unsafe-inline'")
        .doesNotContain("script-src");
    assertThat(page.get("/doctor?file=..%2Fpairs.jsonl").status()).isEqualTo(404);
    assertThat(page.get("/doctor?file=alive%2Fmetrics.jsonl").status()).isEqualTo(404);
    String begin = "{\"rows\": \"pairs.jsonl\", \"name\": \"first\", \"overlap\": \"2\"}";
    Answer label = page.post("/api/label", begin);
    assertThat(label.status()).as(label.body()).isEqualTo(200);
    assertThat(label.body()).contains("http://127.0.0.1:", "?token=");
    assertThat(page.get("/data").body()).contains("data-label-file=\"first.jsonl\"");
    assertThat(page.post("/api/label", "{\"project\": \"first.jsonl\"}").body())
        .isEqualTo(label.body());
    assertThat(page.post("/api/label", begin).body()).contains("is there already");
    assertThat(page.post("/api/label", begin.replace("first", "../x")).status()).isEqualTo(409);
    assertThat(page.post("/api/label", "{\"project\": \"pairs.jsonl\"}").status()).isEqualTo(409);
    serve(false);
    assertThat(page.post("/api/label", "{\"project\": \"first.jsonl\"}").status()).isEqualTo(200);
  }
}
