/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.generate.Answer;
import dev.dpo4j.generate.GenerationTask;
import dev.dpo4j.generate.TokenListener;
import dev.dpo4j.generate.TokenLogProb;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is read while it is made: iterate over its pieces, or wait for the whole. A slow
 * reader holds nobody up.
 */
public final class TextStream implements Iterable<String>, TokenListener {
  /** Stands behind the last piece; compared by identity. */
  @SuppressWarnings("StringOperationCanBeSimplified")
  private static final String END = new String("end");

  private final BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
  private @Nullable GenerationTask task;

  TextStream() {}

  void follow(GenerationTask submitted) {
    task = submitted;
    submitted.whenDone((answer, failure) -> pieces.add(END));
  }

  private GenerationTask task() {
    return Objects.requireNonNull(task);
  }

  @Override
  public void onToken(int id, String text, @Nullable TokenLogProb logProb) {
    if (!text.isEmpty()) {
      pieces.add(text);
    }
  }

  /** Ends the answer; may be called from any thread. */
  public void cancel() {
    task().cancel();
  }

  /** Waits for the answer. */
  public Answer answer() {
    return task().await();
  }

  /** Waits for the answer's text. */
  public String text() {
    return answer().text();
  }

  /** The pieces that were not read yet, each of them once; ends with the answer. */
  @Override
  @SuppressWarnings("ReferenceEquality") // the end is no text
  public Iterator<String> iterator() {
    return new Iterator<>() {
      private @Nullable String next;

      @Override
      public boolean hasNext() {
        if (next == null) {
          try {
            next = pieces.take();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancel();
            next = END;
          }
        }
        if (next == END) {
          pieces.add(END);
          if (task().isDone()) {
            answer(); // A failure is thrown where the text is read.
          }
          return false;
        }
        return true;
      }

      @Override
      public String next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the answer is over");
        }
        String piece = Objects.requireNonNull(next);
        next = null;
        return piece;
      }
    };
  }
}
