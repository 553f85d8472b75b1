/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.io.ProcessMemory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Models that can be loaded and cannot do all that is asked: the client hears why. */
class OddModelsTest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String CHAT =
      "{\"messages\": [{\"role\": \"user\", \"content\": \"a lantern\"}], \"max_tokens\": 2}";
  private static final String COMPLETION = "{\"prompt\": \"a lantern\", \"max_tokens\": 2}";

  @TempDir Path folder;

  private static ModelServer serve(Path model, String... more) {
    List<String> flags =
        Stream.concat(
                Stream.of("--model_name_or_path", model.toString(), "--port", "0"), Stream.of(more))
            .toList();
    return ModelServer.start(
        ServeOptions.binder().bind(List.of(), FlagSource.parse(flags)).value(), Map.of());
  }

  private static HttpResponse<String> post(ModelServer server, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1" + path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static void refused(HttpResponse<String> response, int status, String says) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode error = JSON.readTree(response.body()).get("error");
    assertThat(error.get("message").asString()).contains(says);
  }

  private static void changeTemplate(Path model, String template) throws IOException {
    Path file = model.resolve("tokenizer_config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(Files.readString(file));
    if (template.isEmpty()) {
      config.remove("chat_template");
    } else {
      config.put("chat_template", template);
    }
    Files.writeString(file, config.toString());
    Files.deleteIfExists(model.resolve("chat_template.jinja"));
  }

  @Test
  void aModelWithoutATemplateRefusesChatsByNameAndCompletesTexts() throws Exception {
    Path model = TinyChat.write(folder.resolve("bare"), 1);
    changeTemplate(model, "");
    try (ModelServer server = serve(model)) {
      refused(
          post(server, "/chat/completions", CHAT),
          400,
          "bare has no chat template: use /v1/completions");
      assertThat(post(server, "/completions", COMPLETION).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whatATemplateRaisesIsTheClientsErrorInItsOwnWords() throws Exception {
    Path model = TinyChat.write(folder.resolve("strict"), 1);
    changeTemplate(model, "{{ raise_exception('No users here') }}");
    try (ModelServer server = serve(model)) {
      refused(post(server, "/chat/completions", CHAT), 400, "No users here");
      assertThat(post(server, "/completions", COMPLETION).statusCode()).isEqualTo(200);
    }
  }

  /** A model of 64 layers, in which a token takes 8 KiB, for very long texts. */
  private Path endless() throws IOException {
    return TinyChat.write(folder.resolve("long"), 1, 64, 67_000_000);
  }

  @Test
  void anAnswerThatMemoryCannotHoldIsRefusedBeforeAnythingIsComputedAndTheServerGoesOn()
      throws Exception {
    try (ModelServer server = serve(endless(), "--batch_size", "64")) {
      // 60 million tokens take 490 GB.
      String more = CHAT.replace("\"max_tokens\": 2", "\"max_tokens\": 60000000");
      for (String body :
          List.of(more, more.replace("{\"messages", "{\"stream\": true, \"messages"))) {
        HttpResponse<String> response = post(server, "/chat/completions", body);
        refused(response, 400, "MiB are free");
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").asString()).isEqualTo("max_tokens");
        assertThat(error.get("message").asString()).contains("lower max_tokens");
      }
      String prompts = "{\"prompt\": [\"a\", \"b\"], \"max_tokens\": 60000000, \"n\": 3}";
      refused(post(server, "/completions", prompts), 400, "lower max_tokens");
      assertThat(post(server, "/chat/completions", CHAT).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void answersThatMemoryCannotHoldTogetherWaitForEachOther() throws Exception {
    try (ModelServer server = serve(endless(), "--batch_size", "64")) {
      long free = ProcessMemory.availableBytes();
      // One may take half of what is free: 64 at a time would take 32 times as much as there is.
      long tokens = free / 2 / 8192 * 4 / 5;
      String body =
          "{\"prompt\": \"a lantern\", \"max_tokens\": %d, \"n\": 64, \"stop\": [\"a\", \"e\", \"n\"]}"
              .formatted(tokens);
      HttpResponse<String> response = post(server, "/completions", body);
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      assertThat(JSON.readTree(response.body()).get("choices").size()).isEqualTo(64);
    }
  }

  @Test
  void activationsThatOverflowFailEachAnswerByNameAndTheServerGoesOn() throws Exception {
    Path model = TinyChat.write(folder.resolve("broken"), 1);
    Path file = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer content = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 8 + (int) content.getLong(0); at < bytes.length; at += Float.BYTES) {
      content.putFloat(at, 1e30f);
    }
    Files.write(file, bytes);
    try (ModelServer server = serve(model)) {
      for (int request = 0; request < 2; request++) {
        refused(post(server, "/completions", COMPLETION), 500, "not finite");
      }
    }
  }
}
