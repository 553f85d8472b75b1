/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.serve.protocol.ConversationRequest;
import dev.dpo4j.serve.protocol.ToolFormat;
import dev.dpo4j.serve.protocol.WireJson;
import dev.dpo4j.template.TemplateException;
import dev.dpo4j.tokenizer.TokenizerException;
import dev.dpo4j.web.Reply;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.StreamedReply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Answers to conversations: {@code /v1/chat/completions}. */
@SuppressWarnings("NullAway") // it loses the nullness of type arguments between modules
final class ChatApi {
  private final ServedModels models;
  private final Admission admission;
  private final ServerMetrics metrics;

  ChatApi(ServedModels models, Admission admission, ServerMetrics metrics) {
    this.models = models;
    this.admission = admission;
    this.metrics = metrics;
  }

  /** What all pieces of one reply have in common. */
  private record Job(
      ConversationRequest request,
      ServedModel model,
      AnswerOptions options,
      int promptTokens,
      ReplyHead head) {
    boolean parsesTools() {
      return request.tools() != null && model.tools() != ToolFormat.RAW;
    }

    Map<String, Object> usage(int answerTokens) {
      return TokenUsage.of(promptTokens, answerTokens);
    }
  }

  Reply answer(Request http) {
    ConversationRequest request = ConversationRequest.read(http.body());
    ServedModel model = models.find(request.model());
    int[] prompt = prompt(request, model);
    int most = admission.maxTokens(model, prompt.length, request.maxTokens());
    AnswerOptions options = request.options(model.defaults(), most);
    admission.check(model, models.pending(), request.n(), prompt.length, options.sampling());
    metrics.tokens(prompt.length, 0);
    AnswerRun run = new AnswerRun(model, http.client(), metrics);
    long seed = options.sampling().seed();
    for (int i = 0; i < request.n(); i++) {
      run.add(prompt, options.seed(TokenUsage.seed(seed, i)), request.stream());
    }
    ReplyHead head = ReplyHead.of("chatcmpl-", model);
    Job job = new Job(request, model, options, prompt.length, head);
    return request.stream() ? stream(job, run) : whole(job, run);
  }

  private static int[] prompt(ConversationRequest request, ServedModel model) {
    if (model.template().isEmpty()) {
      throw ApiException.invalid(
          "messages",
          "The model %s has no chat template: use /v1/completions.".formatted(model.name()));
    }
    if (request.tools() != null && !ToolFormat.knowsTools(model.template())) {
      throw ApiException.invalid(
          "tools", "The chat template of %s knows no tools.".formatted(model.name()));
    }
    try {
      return model.generator().encode(request.messages(), request.tools(), request.variables());
    } catch (TemplateException | TokenizerException | IllegalArgumentException e) {
      throw ApiException.invalid(
          "messages", "The chat template cannot render these messages: " + e.getMessage());
    }
  }

  private Reply whole(Job job, AnswerRun run) {
    List<Object> choices = new ArrayList<>();
    int tokens = 0;
    for (Answer answer : run.answers()) {
      tokens += answer.tokenIds().size();
      ToolFormat.Parsed parsed = parsed(job, answer.text());
      Map<String, @Nullable Object> message = new LinkedHashMap<>();
      message.put("role", "assistant");
      boolean calls = !parsed.calls().isEmpty();
      message.put("content", calls && parsed.content().isEmpty() ? null : parsed.content());
      message.put("refusal", null);
      if (calls) {
        message.put("tool_calls", calls(parsed.calls(), false));
      }
      Map<String, @Nullable Object> choice = new LinkedHashMap<>();
      choice.put("index", choices.size());
      choice.put("message", message);
      choice.put("logprobs", logProbs(job, answer));
      choice.put("finish_reason", calls ? "tool_calls" : answer.finishReason().id());
      choices.add(choice);
    }
    return Response.json(
        200, WireJson.write(job.head().whole("chat.completion", choices, job.usage(tokens))));
  }

  private static @Nullable Object logProbs(Job job, Answer answer) {
    return job.options().topLogProbs() < 0 ? null : job.model().texts().ofChat(answer.logProbs());
  }

  private static ToolFormat.Parsed parsed(Job job, String text) {
    return job.parsesTools()
        ? job.model().tools().parse(text)
        : new ToolFormat.Parsed(text, List.of());
  }

  private static List<Object> calls(List<ToolFormat.Call> calls, boolean numbered) {
    List<Object> list = new ArrayList<>();
    for (ToolFormat.Call call : calls) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      if (numbered) {
        map.put("index", list.size());
      }
      map.put("id", "call_" + UUID.randomUUID().toString().replace("-", "").substring(0, 24));
      map.put("type", "function");
      map.put("function", Map.of("name", call.name(), "arguments", call.arguments()));
      list.add(map);
    }
    return list;
  }

  private static Reply stream(Job job, AnswerRun run) {
    return new StreamedReply(StreamedReply.EVENTS, writer -> new Chunks(job, writer).write(run));
  }

  /** The pieces of a streamed reply. */
  private static final class Chunks {
    private final Job job;
    private final EventStream stream;
    private final StringBuilder[] held;
    private final boolean[] told;
    private int tokens;

    Chunks(Job job, StreamedReply.Writer writer) {
      this.job = job;
      this.stream = new EventStream(writer, job.head(), "chat.completion.chunk");
      this.held = new StringBuilder[job.request().n()];
      this.told = new boolean[held.length];
    }

    void write(AnswerRun run) throws IOException {
      for (int i = 0; i < held.length; i++) {
        held[i] = new StringBuilder();
        Map<String, @Nullable Object> delta = new LinkedHashMap<>();
        delta.put("role", "assistant");
        delta.put("content", "");
        send(i, delta, null, null);
      }
      stream.follow(run, this::on, job.request().usageInStream() ? () -> job.usage(tokens) : null);
    }

    private void on(AnswerRun.Event event) throws IOException {
      int i = event.index();
      Answer answer = event.answer();
      if (answer == null) {
        text(i, event);
        return;
      }
      tokens += answer.tokenIds().size();
      String reason = answer.finishReason().id();
      if (job.parsesTools()) {
        ToolFormat.Parsed parsed = job.model().tools().parse(held[i].toString(), !told[i]);
        if (!parsed.calls().isEmpty()) {
          Map<String, @Nullable Object> delta = new LinkedHashMap<>();
          delta.put("tool_calls", calls(parsed.calls(), true));
          send(i, delta, null, null);
          reason = "tool_calls";
        } else if (held[i].length() > 0) {
          send(i, content(held[i].toString()), null, null);
        }
      }
      send(i, new LinkedHashMap<>(), null, reason);
    }

    /** Sends text; what may become a call of a tool waits for the end. */
    private void text(int i, AnswerRun.Event event) throws IOException {
      String ready = event.text();
      if (job.parsesTools()) {
        held[i].append(ready);
        int certain = job.model().tools().certain(held[i].toString(), !told[i]);
        ready = held[i].substring(0, certain);
        held[i].delete(0, certain);
        told[i] |= !ready.isBlank();
      }
      Object logProbs =
          event.logProb() == null ? null : job.model().texts().ofChat(List.of(event.logProb()));
      if (!ready.isEmpty() || logProbs != null) {
        send(i, content(ready), logProbs, null);
      }
    }

    private static Map<String, @Nullable Object> content(String text) {
      Map<String, @Nullable Object> delta = new LinkedHashMap<>();
      delta.put("content", text);
      return delta;
    }

    private void send(
        int index,
        Map<String, @Nullable Object> delta,
        @Nullable Object logProbs,
        @Nullable String reason)
        throws IOException {
      Map<String, @Nullable Object> choice = new LinkedHashMap<>();
      choice.put("index", index);
      choice.put("delta", delta);
      choice.put("logprobs", logProbs);
      choice.put("finish_reason", reason);
      stream.send(choice);
    }
  }
}
