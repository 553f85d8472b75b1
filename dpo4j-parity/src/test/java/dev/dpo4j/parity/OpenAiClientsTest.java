/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.serve.ModelServer;
import dev.dpo4j.serve.ServeOptions;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import tools.jackson.databind.json.JsonMapper;

/** Clients that others keep, against the server with a tiny model. */
class OpenAiClientsTest {
  private static final String KEY = "a-key-for-tests";

  private static ModelServer server;
  private static OpenAIClient client;

  @BeforeAll
  static void start() {
    List<String> flags =
        List.of(
            "--model_name_or_path=" + Shared.path("golden/models/qwen3"),
            "--served_model_name=tiny",
            "--port=0");
    ServeOptions options = ServeOptions.binder().bind(List.of(), FlagSource.parse(flags)).value();
    server = ModelServer.start(options, Map.of(ModelServer.KEY_VARIABLE, KEY));
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl(server.address().toString())
            .apiKey(KEY)
            .maxRetries(0)
            .build();
  }

  @AfterAll
  static void close() {
    if (server != null) {
      client.close();
      server.close();
    }
  }

  private static ChatCompletionCreateParams.Builder question() {
    return ChatCompletionCreateParams.builder()
        .model("tiny")
        .addUserMessage("a lantern")
        .maxCompletionTokens(8)
        .temperature(0);
  }

  @Test
  void openAisJavaClientReadsAnswersStreamsAndLogProbs() {
    ChatCompletion whole =
        client.chat().completions().create(question().logprobs(true).topLogprobs(2).build());
    ChatCompletion.Choice choice = whole.choices().get(0);
    String text = choice.message().content().orElseThrow();
    assertThat(whole.usage().orElseThrow().completionTokens()).isEqualTo(8);
    assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
    assertThat(choice.logprobs().orElseThrow().content().orElseThrow())
        .hasSize(8)
        .allSatisfy(token -> assertThat(token.topLogprobs()).hasSize(2));
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(question().build())) {
      String streamed =
          stream.stream()
              .flatMap(chunk -> chunk.choices().stream())
              .map(part -> part.delta().content().orElse(""))
              .collect(Collectors.joining());
      assertThat(streamed).isEqualTo(text);
    }
    assertThat(client.models().list().data())
        .singleElement()
        .satisfies(m -> assertThat(m.id()).isEqualTo("tiny"));
  }

  @Test
  void openAisJavaClientReadsContinuationsWithTheirPrompts() {
    Completion completion =
        client
            .completions()
            .create(
                CompletionCreateParams.builder()
                    .model("tiny")
                    .prompt("a lantern")
                    .maxTokens(0)
                    .echo(true)
                    .logprobs(1)
                    .build());
    assertThat(completion.choices().get(0).text()).isEqualTo("a lantern");
    assertThat(completion.choices().get(0).logprobs().orElseThrow().tokens().orElseThrow())
        .isNotEmpty();
  }

  @Test
  void openAisJavaClientKnowsOurErrors() {
    OpenAIClient stranger =
        OpenAIOkHttpClient.builder()
            .baseUrl(server.address().toString())
            .apiKey("wrong")
            .maxRetries(0)
            .build();
    assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
    stranger.close();
    assertThatThrownBy(() -> client.chat().completions().create(question().model("none").build()))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("there are: tiny");
    assertThatThrownBy(
            () ->
                client
                    .embeddings()
                    .create(EmbeddingCreateParams.builder().model("tiny").input("x").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("/v1/embeddings is not served");
  }

  @Test
  void langChain4jReadsAnswersOfAForm() {
    OpenAiChatModel model =
        OpenAiChatModel.builder()
            .baseUrl(server.address().toString())
            .apiKey(KEY)
            .modelName("tiny")
            .temperature(1.0)
            .seed(1)
            .maxTokens(200)
            .strictJsonSchema(true)
            .build();
    JsonSchema schema =
        JsonSchema.builder()
            .name("pick")
            .rootElement(
                JsonObjectSchema.builder()
                    .addEnumProperty("side", List.of("left", "right"))
                    .addBooleanProperty("sure")
                    .required("side", "sure")
                    .additionalProperties(false)
                    .build())
            .build();
    ChatResponse response =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("left or right?"))
                .responseFormat(
                    ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(schema)
                        .build())
                .build());
    var json = new JsonMapper().readTree(response.aiMessage().text());
    assertThat(json.get("side").asString()).isIn("left", "right");
    assertThat(json.get("sure").isBoolean()).isTrue();
  }

  @Test
  void langChain4jReadsAStream() throws Exception {
    OpenAiStreamingChatModel model =
        OpenAiStreamingChatModel.builder()
            .baseUrl(server.address().toString())
            .apiKey(KEY)
            .modelName("tiny")
            .temperature(0.0)
            .maxTokens(8)
            .build();
    StringBuilder streamed = new StringBuilder();
    CompletableFuture<ChatResponse> done = new CompletableFuture<>();
    model.chat(
        "a lantern",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String partial) {
            streamed.append(partial);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            done.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            done.completeExceptionally(error);
          }
        });
    ChatResponse response = done.get(60, TimeUnit.SECONDS);
    assertThat(response.aiMessage().text()).isEqualTo(streamed.toString()).isNotEmpty();
    assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(8);
  }

  private static org.springframework.ai.openai.OpenAiChatModel springAi() {
    String address = server.address().toString();
    return org.springframework.ai.openai.OpenAiChatModel.builder()
        .openAiApi(
            OpenAiApi.builder()
                .baseUrl(address.substring(0, address.length() - "/v1".length()))
                .apiKey(KEY)
                .build())
        .defaultOptions(
            OpenAiChatOptions.builder().model("tiny").temperature(0.0).maxTokens(8).build())
        .build();
  }

  @Test
  void springAiReadsAnswersAndStreams() {
    var model = springAi();
    var response = model.call(new Prompt("a lantern"));
    String text = response.getResult().getOutput().getText();
    assertThat(text).isNotEmpty();
    assertThat(response.getMetadata().getUsage().getCompletionTokens()).isEqualTo(8);
    assertThat(response.getResult().getMetadata().getFinishReason())
        .isEqualToIgnoringCase("length");
    List<String> streamed = model.stream("a lantern").collectList().block(Duration.ofSeconds(60));
    assertThat(String.join("", Objects.requireNonNull(streamed))).isEqualTo(text);
  }
}
