/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an endpoint, several requests at a time, and pays for no request twice.
 *
 * <p>Replies are looked up in the log first; the same request asked twice at once is sent once.
 * What is on its way when the process is killed may have been paid and is lost: at most as many
 * replies as requests run at a time.
 */
public final class Asker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Asker.class);

  private static final int MOST_REFUSALS = 10;

  private final HttpChat chat;
  private final RetryPolicy retry;
  private final ReplyLog replies;
  private final BooleanSupplier stop;
  private final ExecutorService workers;
  private final Map<String, CompletableFuture<AskOutcome<?>>> asked = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable RuntimeException> fatal = new AtomicReference<>();
  private final AtomicLong retries = new AtomicLong();
  private final Reachability reachability = new Reachability(System::nanoTime);
  private final AtomicLong refusals = new AtomicLong();
  private final AtomicBoolean paidOnce = new AtomicBoolean();

  /**
   * Makes an asker.
   *
   * @param concurrency most requests at a time
   * @param stop whether to send nothing more; what is on its way is waited for
   */
  public Asker(
      Endpoint endpoint,
      RetryPolicy retry,
      int concurrency,
      ReplyLog replies,
      BooleanSupplier stop) {
    this.chat = new HttpChat(endpoint);
    this.retry = retry;
    this.replies = replies;
    this.stop = stop;
    this.workers =
        Executors.newFixedThreadPool(
            concurrency,
            task -> {
              Thread thread = new Thread(task, "dpo4j-asker");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Tries beyond the first of all requests. */
  public long retries() {
    return retries.get();
  }

  /**
   * Asks.
   *
   * @param reader turns a reply into what is wanted, or throws {@link InvalidReplyException}; equal
   *     requests must have equal readers
   * @return completes with {@link AskingStoppedException} after a stop, with {@link
   *     EndpointException} once the endpoint has turned out to be useless
   */
  @SuppressWarnings("unchecked") // equal requests have equal readers
  public <T> CompletableFuture<AskOutcome<T>> ask(
      ChatRequest request, Function<ChatCompletion, T> reader) {
    CompletableFuture<AskOutcome<?>> result =
        asked.computeIfAbsent(
            request.key(),
            key -> CompletableFuture.supplyAsync(() -> answer(request, reader), workers));
    return result.thenApply(value -> (AskOutcome<T>) value);
  }

  private <T> AskOutcome<T> answer(ChatRequest request, Function<ChatCompletion, T> reader) {
    List<String> known = replies.bodies(request.key());
    String why = "";
    for (String body : known) {
      try {
        return new AskOutcome.Answered<>(reader.apply(ChatCompletion.parse(body)));
      } catch (InvalidReplyException e) {
        why = chat.shown(String.valueOf(e.getMessage()));
      }
    }
    int tries = known.size();
    boolean away = false;
    while (tries < retry.maxTries()) {
      checkRunning();
      HttpOutcome attempt = sendAndKeep(request);
      tries++;
      away = attempt instanceof HttpOutcome.Unreachable || attempt instanceof HttpOutcome.Transient;
      if (attempt instanceof HttpOutcome.Paid paid) {
        try {
          return new AskOutcome.Answered<>(reader.apply(ChatCompletion.parse(paid.body())));
        } catch (InvalidReplyException e) {
          why = chat.shown(String.valueOf(e.getMessage()));
          pause(tries, null, why);
        }
      } else if (attempt instanceof HttpOutcome.Unreachable gone) {
        why = gone.why();
        stopIfGone(gone, tries);
        pause(tries, null, why);
      } else if (attempt instanceof HttpOutcome.Transient later) {
        why = later.why();
        pause(tries, later, why);
      } else if (attempt instanceof HttpOutcome.Refused refused) {
        stopIfAllAreRefused(refused);
        return new AskOutcome.Failed<>(refused.why(), false);
      } else if (attempt instanceof HttpOutcome.Fatal useless) {
        fatal.compareAndSet(null, new EndpointException(useless.why()));
        checkRunning();
      }
    }
    return new AskOutcome.Failed<>("after %d tries: %s".formatted(tries, why), away);
  }

  /** Sends, and has a reply that was paid on the disk before anything else is done with it. */
  private HttpOutcome sendAndKeep(ChatRequest request) {
    try {
      replies.sending(request);
      HttpOutcome attempt;
      try {
        attempt = send(request);
        if (!(attempt instanceof HttpOutcome.Unreachable)) {
          reachability.answered();
        }
        if (attempt instanceof HttpOutcome.Paid paid) {
          paidOnce.set(true);
          replies.add(request, paid.body());
        }
      } finally {
        replies.settled(request);
      }
      return attempt;
    } catch (UncheckedIOException e) {
      // What cannot be kept must not be paid: the others stop too.
      fatal.compareAndSet(null, e);
      throw e;
    }
  }

  /** Waiting for a server that is not there would cost minutes for every request. */
  private void stopIfGone(HttpOutcome.Unreachable gone, int tries) {
    if (reachability.failed(retry.delay(tries, 1, null))) {
      fatal.compareAndSet(
          null,
          new EndpointException(
              gone.why() + ": start the server, or check base_url; the replies so far are kept"));
      checkRunning();
    }
  }

  /** An endpoint that has refused so many requests and answered none will refuse the others too. */
  private void stopIfAllAreRefused(HttpOutcome.Refused refused) {
    if (refusals.incrementAndGet() >= MOST_REFUSALS && !paidOnce.get()) {
      fatal.compareAndSet(
          null,
          new EndpointException(
              "the endpoint refused the first %d requests and answered none; the last one: %s"
                  .formatted(MOST_REFUSALS, refused.why())));
      checkRunning();
    }
  }

  private void checkRunning() {
    RuntimeException useless = fatal.get();
    if (useless != null) {
      throw useless;
    }
    if (stop.getAsBoolean()) {
      throw new AskingStoppedException();
    }
  }

  private HttpOutcome send(ChatRequest request) {
    try {
      return chat.send(request);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AskingStoppedException();
    }
  }

  private void pause(int tries, HttpOutcome.@Nullable Transient after, String why) {
    if (tries >= retry.maxTries()) {
      return;
    }
    retries.incrementAndGet();
    double jitter = ThreadLocalRandom.current().nextDouble();
    long millis = retry.delay(tries, jitter, after == null ? null : after.retryAfter()).toMillis();
    log.debug("try {} of {} in {} ms: {}", tries + 1, retry.maxTries(), millis, why);
    try {
      // In small steps, so that a stop is seen.
      for (long left = millis; left > 0; left -= 200) {
        checkRunning();
        TimeUnit.MILLISECONDS.sleep(Math.min(200, left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AskingStoppedException();
    }
  }

  /** Tells that nothing more is sent because somebody asked to stop. */
  public static final class AskingStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AskingStoppedException() {
      super("stopped; the replies so far are kept", null, false, false);
    }
  }

  /** Lets requests that are on their way finish, so that their replies are kept. */
  @Override
  public void close() {
    fatal.compareAndSet(null, new AskingStoppedException());
    workers.shutdown();
    try {
      if (!workers.awaitTermination(RetryPolicy.MAX_DELAY.toSeconds(), TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
