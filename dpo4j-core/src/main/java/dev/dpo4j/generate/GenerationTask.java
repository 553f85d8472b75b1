/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.io.Futures;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An answer that is waited for. All methods may be called from any thread. */
public final class GenerationTask {
  private final CompletableFuture<Answer> result = new CompletableFuture<>();
  private volatile boolean cancelled;

  GenerationTask() {}

  /**
   * Ends the answer before its next token. What was made so far is the answer, with {@link
   * FinishReason#CANCELLED}; an answer that is complete stays as it is.
   */
  public void cancel() {
    cancelled = true;
  }

  /** Whether somebody called {@link #cancel}. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** Whether the answer is complete, or failed. */
  public boolean isDone() {
    return result.isDone();
  }

  /**
   * Waits for the answer.
   *
   * @throws RuntimeException the reason, if it could not be made
   */
  public Answer await() {
    return Futures.join(result);
  }

  /** Calls back with the answer or the failure, whichever comes, on the thread that computes. */
  public void whenDone(Completion completion) {
    result.whenComplete((answer, failure) -> completion.done(answer, failure)).isDone();
  }

  /** Hears of the end. */
  @FunctionalInterface
  public interface Completion {
    /** Called with one of the two; the other is null. */
    void done(@Nullable Answer answer, @Nullable Throwable failure);
  }

  void complete(Answer answer) {
    result.complete(answer);
  }

  void fail(Throwable failure) {
    result.completeExceptionally(failure);
  }
}
