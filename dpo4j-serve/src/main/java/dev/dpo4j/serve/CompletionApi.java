/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.TokenLogProb;
import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.serve.protocol.CompletionRequest;
import dev.dpo4j.serve.protocol.WireJson;
import dev.dpo4j.web.Reply;
import dev.dpo4j.web.Request;
import dev.dpo4j.web.Response;
import dev.dpo4j.web.StreamedReply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Continued texts, and log-probabilities of given ones: {@code /v1/completions}. */
final class CompletionApi {
  /** The type of replies and of their pieces. */
  private static final String OBJECT = "text_completion";

  private final ServedModels models;
  private final Admission admission;
  private final ServerMetrics metrics;

  CompletionApi(ServedModels models, Admission admission, ServerMetrics metrics) {
    this.models = models;
    this.admission = admission;
    this.metrics = metrics;
  }

  /**
   * One prompt.
   *
   * @param scores log-probabilities of its tokens but the first, where they are wanted
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Prompt(int[] ids, String text, List<TokenLogProb> scores) {}

  /** What all pieces of one reply have in common. */
  private record Job(
      CompletionRequest request, ServedModel model, List<Prompt> prompts, ReplyHead head) {
    /** Choices of the reply: the answers to the first prompt, then those to the next. */
    int choices() {
      return prompts.size() * request.n();
    }

    Prompt prompt(int choice) {
      return prompts.get(choice / request.n());
    }

    Map<String, Object> usage(int answerTokens) {
      return TokenUsage.of(
          prompts.stream().mapToInt(prompt -> prompt.ids().length).sum(), answerTokens);
    }

    Map<String, @Nullable Object> choice(
        int index, String text, @Nullable Object logProbs, @Nullable String reason) {
      Map<String, @Nullable Object> choice = new LinkedHashMap<>();
      choice.put("index", index);
      choice.put("text", text);
      choice.put("logprobs", logProbs);
      choice.put("finish_reason", reason);
      return choice;
    }
  }

  Reply answer(Request http) {
    CompletionRequest request = CompletionRequest.read(http.body());
    ServedModel model = models.find(request.model());
    List<int[]> ids = request.prompts().stream().map(prompt -> ids(prompt, model)).toList();
    AnswerOptions options = request.options(model.defaults());
    check(request, model, ids, options);
    List<Prompt> prompts = new ArrayList<>();
    for (int[] tokens : ids) {
      prompts.add(prompt(request, model, tokens, http.client()));
      metrics.tokens(tokens.length, 0);
    }
    Job job = new Job(request, model, prompts, ReplyHead.of("cmpl-", model));
    AnswerRun run = new AnswerRun(model, http.client(), metrics);
    for (int i = 0; request.maxTokens() > 0 && i < prompts.size(); i++) {
      int[] tokens = prompts.get(i).ids();
      int most = admission.maxTokens(model, "prompt", tokens.length, request.maxTokens());
      for (int sample = 0; sample < request.n(); sample++) {
        long seed = TokenUsage.seed(options.sampling().seed(), i * request.n() + sample);
        run.add(tokens, options.maxNewTokens(most).seed(seed), request.stream());
      }
    }
    return request.stream()
        ? new StreamedReply(StreamedReply.EVENTS, writer -> new Chunks(job, writer).write(run))
        : whole(job, run);
  }

  private void check(
      CompletionRequest request, ServedModel model, List<int[]> ids, AnswerOptions options) {
    int longest = 0;
    for (int[] tokens : ids) {
      if (request.maxTokens() > 0 || tokens.length == 0) {
        admission.maxTokens(model, "prompt", tokens.length, request.maxTokens());
      } else if (tokens.length > model.context()) {
        throw ApiException.tooLong(
            "prompt",
            "This model's maximum context length is %d tokens, but the prompt has %d. Shorten the prompt."
                .formatted(model.context(), tokens.length));
      }
      longest = Math.max(longest, tokens.length);
    }
    int most = Math.min(options.sampling().maxNewTokens(), model.context());
    int answers = request.maxTokens() == 0 ? 0 : ids.size() * request.n();
    admission.check(
        model, models.pending(), answers, longest, options.maxNewTokens(most).sampling());
  }

  private static int[] ids(CompletionRequest.Prompt prompt, ServedModel model) {
    String text = prompt.text();
    if (text != null) {
      try {
        return model.generator().language().tokenizer().encode(text, true);
      } catch (IllegalArgumentException e) {
        throw ApiException.invalid("prompt", String.valueOf(e.getMessage()));
      }
    }
    int vocabulary = model.generator().language().config().vocabSize();
    for (int id : prompt.ids()) {
      if (id >= vocabulary) {
        throw ApiException.invalid(
            "prompt",
            "prompt must be made of token ids below %d, but has %d.".formatted(vocabulary, id));
      }
    }
    return prompt.ids().stream().mapToInt(Integer::intValue).toArray();
  }

  private static Prompt prompt(
      CompletionRequest request, ServedModel model, int[] ids, Request.Client client) {
    if (!request.echo()) {
      return new Prompt(ids, "", List.of());
    }
    if (client.hasGone()) {
      throw new AnswerRun.ClientGone();
    }
    List<TokenLogProb> scores = List.of();
    if (request.logProbs() >= 0) {
      try {
        scores = model.generator().score(ids, request.logProbs());
      } catch (IllegalArgumentException e) {
        throw ApiException.invalid("logprobs", String.valueOf(e.getMessage()));
      } catch (IllegalStateException e) {
        throw AnswerRun.stopping();
      }
    }
    return new Prompt(ids, model.generator().language().tokenizer().decode(ids, false), scores);
  }

  private static Reply whole(Job job, AnswerRun run) {
    // There are none where only log-probabilities of the prompt are asked for.
    List<Answer> answers = run.answers();
    List<Object> choices = new ArrayList<>();
    int tokens = 0;
    for (int i = 0; i < job.choices(); i++) {
      Answer answer = answers.isEmpty() ? null : answers.get(i);
      String made = answer == null ? "" : answer.text();
      List<TokenLogProb> madeScores = answer == null ? List.of() : answer.logProbs();
      tokens += answer == null ? 0 : answer.tokenIds().size();
      choices.add(
          job.choice(
              i,
              job.prompt(i).text() + made,
              logProbs(job, i, madeScores),
              answer == null ? "length" : answer.finishReason().id()));
    }
    return Response.json(200, WireJson.write(job.head().whole(OBJECT, choices, job.usage(tokens))));
  }

  private static @Nullable Object logProbs(Job job, int index, List<TokenLogProb> made) {
    int top = job.request().logProbs();
    if (top < 0) {
      return null;
    }
    boolean echo = job.request().echo();
    List<TokenLogProb> all = new ArrayList<>(job.prompt(index).scores());
    all.addAll(made);
    int first = echo ? job.prompt(index).ids()[0] : -1;
    return job.model().texts().ofText(first, all, top > 0, 0);
  }

  /** The pieces of a streamed reply. */
  private static final class Chunks {
    private final Job job;
    private final EventStream stream;
    private final int[] offsets;
    private int tokens;

    Chunks(Job job, StreamedReply.Writer writer) {
      this.job = job;
      this.stream = new EventStream(writer, job.head(), OBJECT);
      this.offsets = new int[job.choices()];
    }

    void write(AnswerRun run) throws IOException {
      for (int i = 0; i < offsets.length; i++) {
        Prompt prompt = job.prompt(i);
        if (job.request().echo()) {
          String reason = job.request().maxTokens() == 0 ? "length" : null;
          stream.send(job.choice(i, prompt.text(), logProbs(job, i, List.of()), reason));
          offsets[i] = prompt.text().length();
        }
      }
      stream.follow(run, this::on, job.request().usageInStream() ? () -> job.usage(tokens) : null);
    }

    private void on(AnswerRun.Event event) throws IOException {
      Answer answer = event.answer();
      TokenLogProb logProb = event.logProb();
      Object logProbs = null;
      if (logProb != null) {
        List<TokenLogProb> one = List.of(logProb);
        boolean top = job.request().logProbs() > 0;
        logProbs = job.model().texts().ofText(-1, one, top, offsets[event.index()]);
        offsets[event.index()] += job.model().texts().text(logProb.id()).length();
      }
      if (answer != null) {
        tokens += answer.tokenIds().size();
        stream.send(job.choice(event.index(), "", null, answer.finishReason().id()));
      } else if (!event.text().isEmpty() || logProbs != null) {
        stream.send(job.choice(event.index(), event.text(), logProbs, null));
      }
    }
  }
}
