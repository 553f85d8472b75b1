/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.lora.LoraConfig;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The server over real sockets, with a tiny model. */
class ModelServerTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String HI = "\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]";

  @TempDir static Path folder;
  private static Path model;
  private static Path adapter;
  private static ModelServer server;

  @BeforeAll
  static void start() throws IOException {
    model = TinyChat.write(folder.resolve("tiny"), 1);
    adapter = Files.createDirectories(folder.resolve("adapter"));
    try (LanguageModel language = LanguageModel.load(model)) {
      language.addAdapter(
          new LoraConfig(4, 8, 0, EnumSet.of(LoraModule.Q_PROJ, LoraModule.V_PROJ), false), 7);
      language.trained().values().fill_(0.05);
      language.save(adapter, DType.FLOAT32);
    }
    server = serve("--adapters", "other=" + adapter);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static ServeOptions options(Path path, String... flags) {
    List<String> all = new ArrayList<>(List.of("--model_name_or_path", path.toString()));
    all.addAll(List.of(flags));
    if (!all.contains("--port")) {
      all.addAll(List.of("--port", "0"));
    }
    return ServeOptions.binder().bind(List.of(), FlagSource.parse(all)).value();
  }

  private static ModelServer serve(String... flags) {
    return ModelServer.start(options(model, flags), Map.of());
  }

  private static HttpRequest.Builder request(ModelServer at, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.port() + path))
        .header("Content-Type", "application/json");
  }

  private static HttpResponse<String> post(ModelServer at, String path, String body) {
    try {
      return HTTP.send(
          request(at, path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> get(ModelServer at, String path) {
    try {
      return HTTP.send(request(at, path).GET().build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode chat(String fields) {
    return answered("/v1/chat/completions", "{" + HI + ", " + fields + "}");
  }

  private static JsonNode answered(String path, String body) {
    HttpResponse<String> response = post(server, path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static String content(JsonNode reply) {
    return reply.at("/choices/0/message/content").asString();
  }

  private static void refused(ModelServer at, String path, String body, int status, String says) {
    HttpResponse<String> response = post(at, path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = JSON.readTree(response.body()).get("error");
    assertThat(error.get("message").asString()).contains(says);
    assertThat(error.has("type") && error.has("param") && error.has("code")).isTrue();
  }

  @Test
  void anAnswerHasOpenAisShapeAndItsSeedDecidesIt() {
    JsonNode reply = chat("\"max_tokens\": 6, \"seed\": 3");
    assertThat(reply.get("object").asString()).isEqualTo("chat.completion");
    assertThat(reply.get("model").asString()).isEqualTo("tiny");
    assertThat(reply.at("/choices/0/message/role").asString()).isEqualTo("assistant");
    assertThat(reply.at("/choices/0/finish_reason").asString()).isIn("length", "stop");
    assertThat(reply.at("/usage/total_tokens").asInt())
        .isEqualTo(
            reply.at("/usage/prompt_tokens").asInt()
                + reply.at("/usage/completion_tokens").asInt());
    assertThat(content(chat("\"max_tokens\": 6, \"seed\": 3"))).isEqualTo(content(reply));
    assertThat(content(chat("\"max_tokens\": 6, \"seed\": 4"))).isNotEqualTo(content(reply));
  }

  @Test
  void aStreamJoinedTogetherIsTheWholeAnswer() {
    String fields = "\"max_tokens\": 20, \"seed\": 5, \"n\": 2";
    JsonNode whole = chat(fields);
    HttpResponse<String> stream =
        post(
            server,
            "/v1/chat/completions",
            "{"
                + HI
                + ", "
                + fields
                + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}}");
    List<String> events = stream.body().lines().filter(line -> !line.isEmpty()).toList();
    assertThat(events.get(events.size() - 1)).isEqualTo("data: [DONE]");
    StringBuilder[] texts = {new StringBuilder(), new StringBuilder()};
    JsonNode last = JSON.readTree(events.get(events.size() - 2).substring(6));
    for (String event : events.subList(0, events.size() - 2)) {
      JsonNode choice = JSON.readTree(event.substring(6)).at("/choices/0");
      texts[choice.get("index").asInt()].append(choice.at("/delta/content").asString(""));
    }
    for (int i = 0; i < 2; i++) {
      assertThat(texts[i]).hasToString(whole.at("/choices/" + i + "/message/content").asString());
    }
    assertThat(last.get("usage")).isEqualTo(whole.get("usage"));
  }

  @Test
  void logProbabilitiesOfAPromptAreThoseOfLogps() {
    int[] ids = {20, 30, 40, 50, 60, 70};
    JsonNode reply =
        answered(
            "/v1/completions",
            "{\"prompt\": %s, \"max_tokens\": 0, \"echo\": true, \"logprobs\": 1}"
                .formatted(Arrays.toString(ids)));
    JsonNode logProbs = reply.at("/choices/0/logprobs");
    assertThat(logProbs.get("tokens").size()).isEqualTo(ids.length);
    assertThat(logProbs.at("/token_logprobs/0").isNull()).isTrue();
    try (CausalLm lm = CausalLm.load(model, ComputeOptions.float32())) {
      FlatBatch batch =
          FlatBatch.of(
              List.of(
                  FlatBatch.Tree.single(
                      new int[] {ids[0]}, Arrays.copyOfRange(ids, 1, ids.length))));
      TokenStats stats = lm.score(batch, LogProbHead.Want.LOGPS);
      for (int i = 1; i < ids.length; i++) {
        // Written as decimal digits of the same float.
        assertThat(logProbs.at("/token_logprobs/" + i).asDouble())
            .isCloseTo(stats.logps()[i - 1], within(1e-9));
      }
    }
    // As lm-evaluation-harness asks: one token more, and the prompt's log-probs with it.
    JsonNode one =
        answered(
            "/v1/completions",
            "{\"prompt\": [%s], \"max_tokens\": 1, \"echo\": true, \"logprobs\": 1, \"temperature\": 0, \"seed\": 1}"
                .formatted(Arrays.toString(ids)));
    assertThat(one.at("/choices/0/logprobs/tokens").size()).isEqualTo(ids.length + 1);
    assertThat(one.at("/choices/0/logprobs/token_logprobs/3"))
        .isEqualTo(logProbs.at("/token_logprobs/3"));
  }

  @Test
  void severalPromptsAreContinuedInTheirOrder() {
    JsonNode reply =
        answered(
            "/v1/completions",
            "{\"prompt\": [\"a lantern\", \"the house\"], \"max_tokens\": 3, \"n\": 2, \"echo\": true, \"temperature\": 0}");
    assertThat(reply.get("choices").size()).isEqualTo(4);
    assertThat(reply.at("/choices/1/text").asString()).startsWith("a lantern");
    assertThat(reply.at("/choices/2/text").asString()).startsWith("the house");
  }

  @Test
  void anAdapterIsChosenByItsName() {
    String body =
        "{\"model\": \"%s\", \"prompt\": \"a lantern\", \"max_tokens\": 0, \"echo\": true, \"logprobs\": 0}";
    JsonNode base = answered("/v1/completions", body.formatted("tiny"));
    JsonNode other = answered("/v1/completions", body.formatted("other"));
    assertThat(other.at("/choices/0/logprobs/token_logprobs"))
        .isNotEqualTo(base.at("/choices/0/logprobs/token_logprobs"));
    assertThat(get(server, "/v1/models").body()).contains("\"tiny\"", "\"other\"");
    refused(server, "/v1/completions", body.formatted("none"), 404, "there are: tiny, other");
  }

  @Test
  void anAdapterOfAnotherModelIsRefusedAtTheStart() throws IOException {
    Path stranger = TinyChat.write(folder.resolve("stranger"), 2);
    ServeOptions options = options(stranger, "--adapters", "other=" + adapter);
    assertThatThrownBy(() -> ModelServer.start(options, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("was trained on")
        .hasMessageContaining("stranger");
  }

  @Test
  void anAnswerInAFormIsJson() {
    JsonNode reply =
        chat(
            "\"max_tokens\": 400, \"seed\": 1, \"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\": {\"type\": \"object\", \"properties\": {\"ok\": {\"type\": \"boolean\"}}, \"required\": [\"ok\"], \"additionalProperties\": false}}}");
    assertThat(JSON.readTree(content(reply)).get("ok").isBoolean()).isTrue();
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chat/completions|{|400|not valid JSON",
        "chat/completions|[]|400|must be a JSON object",
        "chat/completions|{'messages': []}|400|messages must be",
        "chat/completions|{'messages': [{'role': 'king', 'content': 'x'}]}|400|messages[0].role",
        "chat/completions|{'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}]}|400|parts of type text",
        "chat/completions|{HI, 'temperature': -1}|400|temperature must be",
        "chat/completions|{HI, 'temperature': NaN}|400|not valid JSON",
        "chat/completions|{HI, 'temperature': '1'}|400|temperature must be",
        "chat/completions|{HI, 'max_tokens': 0}|400|max_tokens must be",
        "chat/completions|{HI, 'n': 1000}|400|n must be",
        "chat/completions|{HI, 'top_p': 0}|400|top_p must be",
        "chat/completions|{HI, 'stop': ['']}|400|stop must be",
        "chat/completions|{HI, 'logit_bias': {'1': 5}}|400|logit_bias is not supported",
        "chat/completions|{HI, 'colour': 1}|400|Unrecognized request argument: colour",
        "chat/completions|{HI, 'tools': [{'type': 'function', 'function': {'name': 'f'}}]}|400|knows no tools",
        "chat/completions|{HI, 'tool_choice': 'required'}|400|tool_choice must be",
        "chat/completions|{HI, 'model': 'gpt'}|404|does not exist",
        "chat/completions|{HI, 'top_logprobs': 2}|400|without logprobs",
        "chat/completions|{HI, 'response_format': {'type': 'xml'}}|400|response_format.type",
        "chat/completions|{HI, 'response_format': {'type': 'json_schema', 'json_schema': {'schema': {'pattern': 'a'}}}}|400|\"pattern\" is not supported",
        "completions|{'max_tokens': 1}|400|prompt must be",
        "completions|{'prompt': 'x', 'max_tokens': 0}|400|at least 1 without echo",
        "completions|{'prompt': [999999]}|400|token ids below",
        "completions|{'prompt': ''}|400|no tokens",
        "completions|{'prompt': 'x', 'suffix': 'y'}|400|suffix is not supported",
        "completions|{'prompt': 'x', 'best_of': 3}|400|best_of must be",
        "embeddings|{'input': 'x'}|400|/v1/embeddings is not served",
        "nothing|{}|404|nothing at this path"
      })
  void badRequestsAreRefusedByName(String path, String body, int status, String says) {
    refused(server, "/v1/" + path, body.replace('\'', '"').replace("HI", HI), status, says);
  }

  @Test
  void aPromptLongerThanTheContextIsRefusedWithBothNumbers() {
    String longer = "{\"prompt\": [%s5], \"max_tokens\": 1}".formatted("5,".repeat(600));
    refused(server, "/v1/completions", longer, 400, "512 tokens");
    assertThat(param("/v1/completions", longer)).isEqualTo("prompt");
    String words =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
            .formatted("lantern ".repeat(600));
    assertThat(param("/v1/chat/completions", words)).isEqualTo("messages");
  }

  /** The field that a refusal blames. */
  private static String param(String path, String body) {
    return JSON.readTree(post(server, path, body).body()).at("/error/param").asString();
  }

  @Test
  void bodiesOfNoiseGetAClientsErrorAndTheServerGoesOn() throws Exception {
    Random random = new Random(1);
    String sound = "{" + HI + ", \"max_tokens\": 2, \"stop\": [\"a\"], \"seed\": 1}";
    for (int i = 0; i < 150; i++) {
      byte[] body = sound.getBytes(StandardCharsets.UTF_8);
      for (int k = 0; k < 1 + random.nextInt(4); k++) {
        body[random.nextInt(body.length)] = (byte) random.nextInt(256);
      }
      HttpResponse<String> response =
          HTTP.send(
              request(server, "/v1/chat/completions")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode())
          .as(new String(body, StandardCharsets.ISO_8859_1))
          .matches(status -> status == 200 || (status >= 400 && status < 500));
    }
    refused(server, "/v1/chat/completions", "[".repeat(100_000), 400, "not valid JSON");
    refused(server, "/v1/completions", "x".repeat(5_000_000), 413, "longer than 4194304 bytes");
    assertThat(chat("\"max_tokens\": 2").has("choices")).isTrue();
  }

  @Test
  void withoutTheKeyNothingIsAnswered() throws IOException {
    Path key = Files.writeString(folder.resolve("key"), "secret-key-1\n");
    try (ModelServer closed = serve("--api_key_file", key.toString())) {
      refused(closed, "/v1/completions", "{\"prompt\": \"x\"}", 401, "API key");
      assertThat(get(closed, "/v1/models").statusCode()).isEqualTo(401);
      assertThat(get(closed, "/health").statusCode()).isEqualTo(200);
      HttpRequest let =
          request(closed, "/v1/models").header("Authorization", "Bearer secret-key-1").build();
      assertThat(HTTP.sendAsync(let, HttpResponse.BodyHandlers.ofString()).join().statusCode())
          .isEqualTo(200);
    }
    ServeOptions missing = options(model, "--api_key_file", folder.resolve("no").toString());
    assertThatThrownBy(() -> ModelServer.start(missing, Map.of()))
        .hasMessageContaining("cannot be read");
  }

  @Test
  void aPortInUseIsAnErrorOfTheConfiguration() {
    ServeOptions taken = options(model, "--port", String.valueOf(server.port()));
    assertThatThrownBy(() -> ModelServer.start(taken, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot listen on 127.0.0.1:" + server.port());
  }

  @Test
  void aFullQueueRefusesWithStatus429() throws Exception {
    // More than fit beside the first hundred, even if some of those are answered by then.
    String more = "{\"prompt\": \"x\", \"max_tokens\": 1, \"n\": 60}";
    try (ModelServer small = serve("--batch_size", "1", "--queue_size", "100")) {
      try (Socket many = send(small, "{\"prompt\": \"x\", \"n\": 100, \"max_tokens\": 500}")) {
        await(small, "dpo4j_answers_running 1");
        assertThat(many.isConnected()).isTrue();
        refused(small, "/v1/completions", more, 429, "The queue is full");
      }
      await(small, "dpo4j_answers_waiting 0\n");
      await(small, "dpo4j_answers_running 0\n");
      assertThat(post(small, "/v1/completions", more).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void eightClientsGetTheAnswersThatEachWouldGetAlone() {
    List<String> bodies =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    "{\"prompt\": \"a lantern %d\", \"max_tokens\": 30, \"seed\": %d}"
                        .formatted(i, i))
            .toList();
    List<JsonNode> alone = bodies.stream().map(body -> answered("/v1/completions", body)).toList();
    List<CompletableFuture<JsonNode>> together =
        bodies.stream()
            .map(body -> CompletableFuture.supplyAsync(() -> answered("/v1/completions", body)))
            .toList();
    for (int i = 0; i < 8; i++) {
      assertThat(together.get(i).join().get("choices")).isEqualTo(alone.get(i).get("choices"));
    }
  }

  /** Sends a request by hand, so that the test decides when it leaves and how it reads. */
  private static Socket send(ModelServer at, String body) throws IOException {
    Socket socket = new Socket("127.0.0.1", at.port());
    socket.setReceiveBufferSize(1024);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(bytes.length);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return socket;
  }

  private static void await(ModelServer at, String line) throws InterruptedException {
    for (int i = 0; i < 30_000 && !get(at, "/metrics").body().contains(line); i++) {
      Thread.sleep(10);
    }
    assertThat(get(at, "/metrics").body()).contains(line);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void anAnswerIsCancelledWhenItsClientLeaves(boolean stream) throws Exception {
    try (ModelServer own = serve("--batch_size", "1")) {
      String body =
          "{\"prompt\": \"x\", \"n\": 100, \"max_tokens\": 500, \"stream\": %s}".formatted(stream);
      try (Socket socket = send(own, body)) {
        await(own, "dpo4j_answers_running 1");
      }
      await(own, "dpo4j_cancelled_total 1");
      await(own, "dpo4j_answers_running 0\n");
      await(own, "dpo4j_answers_waiting 0\n");
    }
  }

  @Test
  void aClientThatLeavesWhileItsPromptIsReadTakesNothingFromTheOthers() throws Exception {
    Path patient = TinyChat.write(folder.resolve("patient"), 1, 2, 100_000);
    String reads = "{\"prompt\": [%s5], \"max_tokens\": 500}".formatted("5,7,9,".repeat(8_000));
    String watches =
        "{\"prompt\": \"x\", \"max_tokens\": 40000, \"temperature\": 0, \"stream\": true}";
    try (ModelServer own = ModelServer.start(options(patient), Map.of());
        Socket watching = send(own, watches)) {
      InputStream answer = watching.getInputStream();
      assertThat(answer.read()).isEqualTo('H');
      await(own, "dpo4j_first_token_seconds_count 1\n");
      try (Socket leaving = send(own, reads)) {
        // A prompt of 24,001 tokens is read in 188 parts beside the answer.
        await(own, "dpo4j_answers_running 2\n");
        assertThat(leaving.isConnected()).isTrue();
      }
      await(own, "dpo4j_cancelled_total 1\n");
      await(own, "dpo4j_answers_running 1\n");
      assertThat(get(own, "/metrics").body()).contains("dpo4j_first_token_seconds_count 1\n");
      assertThat(answer.readNBytes(100_000)).hasSize(100_000);
    }
  }

  @Test
  void aReaderThatTakesAByteNowAndThenDoesNotHoldUpTheOthers() throws Exception {
    String body =
        "{\"prompt\": \"x\", \"n\": 20, \"max_tokens\": 400, \"logprobs\": 5, \"stream\": true}";
    try (Socket slow = send(server, body)) {
      InputStream in = slow.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      for (int i = 0; i < 5; i++) {
        assertThat(chat("\"max_tokens\": 4").has("choices")).isTrue();
        assertThat(in.read()).isNotNegative();
      }
    }
  }

  @Test
  void stoppingLetsARunningAnswerFinish() throws Exception {
    ModelServer own = serve("--shutdown_timeout", "3600");
    CompletableFuture<HttpResponse<String>> running =
        HTTP.sendAsync(
            request(own, "/v1/completions")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"prompt\": \"x\", \"max_tokens\": 500, \"n\": 64, \"seed\": 1}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    await(own, "dpo4j_answers_running 8");
    own.close();
    assertThat(running.join().statusCode()).isEqualTo(200);
  }

  @Test
  void pagesOfOtherSitesReachNothing() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 421");
    }
    HttpRequest form =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/completions"))
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"x\"}"))
            .build();
    assertThat(HTTP.send(form, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(415);
  }
}
