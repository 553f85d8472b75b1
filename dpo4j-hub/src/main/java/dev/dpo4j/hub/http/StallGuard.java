/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A stream whose reader does not wait for ever: where no byte comes for too long, or next to none
 * in six times as long, it is closed and the read fails. The JDK's client watches the time until
 * the headers only.
 */
public final class StallGuard extends InputStream {
  /** So many times the limit is a window, in which more than a trickle must come. */
  private static final int WINDOW = 6;

  private static final long TRICKLE_BYTES = 1024;

  private final InputStream in;
  private final Duration limit;
  private final @Nullable Duration whole;
  private final Executor later;
  private final long begin = System.nanoTime();
  private long windowBegin = begin;
  private long windowBytes;
  private final AtomicLong bytes = new AtomicLong();
  private volatile long lastByte = begin;
  private volatile boolean reading;
  private volatile boolean closed;
  private volatile @Nullable String stalled;

  /** Guards a stream of any length. */
  public StallGuard(InputStream in, Duration limit) {
    this(in, limit, null);
  }

  /**
   * Guards a stream.
   *
   * @param limit longest wait for a byte
   * @param whole longest time until its end; null for a stream of any length
   */
  StallGuard(InputStream in, Duration limit, @Nullable Duration whole) {
    this.in = in;
    this.limit = limit;
    this.whole = whole;
    long beat = Math.max(10, Math.min(1000, limit.toMillis() / 4));
    this.later = CompletableFuture.delayedExecutor(beat, TimeUnit.MILLISECONDS);
    later.execute(this::look);
  }

  private void look() {
    if (closed) {
      return;
    }
    String fault = reading ? fault(System.nanoTime()) : null;
    if (fault == null) {
      later.execute(this::look);
      return;
    }
    stalled = fault;
    try {
      in.close(); // This wakes the reader.
    } catch (IOException e) {
      // It was broken already.
    }
  }

  private @Nullable String fault(long now) {
    if (now - lastByte > limit.toNanos()) {
      return "no byte came for " + limit.toSeconds() + " s";
    }
    Duration most = whole;
    if (most != null && now - begin > most.toNanos()) {
      return "it did not end within " + most.toSeconds() + " s";
    }
    Duration window = limit.multipliedBy(WINDOW);
    if (now - windowBegin > window.toNanos()) {
      long came = bytes.get() - windowBytes;
      if (came < TRICKLE_BYTES) {
        return "only %d bytes came in %d s".formatted(came, window.toSeconds());
      }
      windowBegin = now;
      windowBytes = bytes.get();
    }
    return null;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    lastByte = System.nanoTime();
    reading = true;
    try {
      int read = in.read(buffer, offset, length);
      bytes.addAndGet(Math.max(0, read));
      String fault = stalled;
      if (fault != null) {
        throw new IOException(fault);
      }
      return read;
    } catch (IOException e) {
      String fault = stalled;
      throw fault == null ? e : new IOException(fault, e);
    } finally {
      reading = false;
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    in.close();
  }
}
