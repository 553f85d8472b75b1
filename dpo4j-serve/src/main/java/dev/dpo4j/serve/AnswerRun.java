/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve;

import dev.dpo4j.api.AnswerOptions;
import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.generate.TokenLogProb;
import dev.dpo4j.serve.protocol.ApiException;
import dev.dpo4j.web.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers to one request on their way from the thread that computes to the client. They are
 * cancelled when the client leaves, also while it waits in the queue or its prompt is read.
 */
final class AnswerRun {
  private static final Logger log = LoggerFactory.getLogger(AnswerRun.class);
  private static final long LOOK_MS = 100;

  /**
   * Something happened to one of the answers.
   *
   * @param index which answer
   * @param id the token, -1 for text alone
   * @param text the text that became certain
   * @param logProb its log-probability, where it was asked for
   * @param answer the whole answer, at its end
   * @param failure why there is none, at its end
   */
  record Event(
      int index,
      int id,
      String text,
      @Nullable TokenLogProb logProb,
      @Nullable Answer answer,
      @Nullable Throwable failure) {}

  /** Hears of events; what it throws ends all answers. */
  @FunctionalInterface
  interface Sink<E extends Exception> {
    void on(Event event) throws E;
  }

  /** The client closed the connection. */
  static final class ClientGone extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final ServedModel model;
  private final Request.Client client;
  private final ServerMetrics metrics;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final List<GenerationTask> tasks = new ArrayList<>();
  private final long start = System.nanoTime();
  private volatile boolean first = true;

  AnswerRun(ServedModel model, Request.Client client, ServerMetrics metrics) {
    this.model = model;
    this.client = client;
    this.metrics = metrics;
  }

  /**
   * Asks for one more answer.
   *
   * @param streamed whether its tokens are wanted, and not only its end
   */
  void add(int[] prompt, AnswerOptions options, boolean streamed) {
    int index = tasks.size();
    TokenListener listener =
        streamed
            ? (id, text, logProb) -> events.add(new Event(index, id, text, logProb, null, null))
            : TokenListener.withoutText(
                id -> {
                  if (first) {
                    events.add(new Event(index, id, "", null, null, null));
                  }
                });
    GenerationTask task;
    try {
      task = model.generator().submit(prompt, options, listener);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid(null, String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      throw stopping();
    }
    tasks.add(task);
    task.whenDone((answer, failure) -> events.add(new Event(index, -1, "", null, answer, failure)));
  }

  static ApiException stopping() {
    return new ApiException(503, "server_error", null, null, "The server is being stopped.");
  }

  /** Hands on events until all answers have ended. */
  <E extends Exception> void follow(Sink<E> sink) throws E {
    int open = tasks.size();
    boolean complete = false;
    try {
      while (open > 0) {
        Event event = next();
        if (event.id() >= 0 && first) {
          first = false;
          metrics.firstToken(seconds());
        }
        if (event.failure() != null) {
          throw failed(event.failure());
        }
        sink.on(event);
        if (event.answer() != null) {
          open--;
          metrics.tokens(0, event.answer().tokenIds().size());
        }
      }
      complete = true;
      metrics.finished(seconds());
    } finally {
      if (!complete) {
        tasks.forEach(GenerationTask::cancel);
      }
    }
  }

  /** Waits for all answers and returns them in order. */
  List<Answer> answers() {
    Answer[] answers = new Answer[tasks.size()];
    follow(
        event -> {
          if (event.answer() != null) {
            answers[event.index()] = event.answer();
          }
        });
    return List.of(answers);
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  private Event next() {
    try {
      while (true) {
        Event event = events.poll(LOOK_MS, TimeUnit.MILLISECONDS);
        if (event != null) {
          return event;
        }
        if (client.hasGone()) {
          throw new ClientGone();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopping();
    }
  }

  private static ApiException failed(Throwable failure) {
    log.error("an answer failed", failure);
    return new ApiException(
        500, "server_error", null, null, "The answer could not be made: " + failure.getMessage());
  }
}
