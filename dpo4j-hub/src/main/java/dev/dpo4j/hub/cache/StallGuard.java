/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.cache;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A stream whose reader does not wait for ever: where no byte comes for too long it is closed, and
 * the read fails. The JDK's client watches the time until the headers only.
 */
final class StallGuard extends InputStream {
  private final InputStream in;
  private final Duration limit;
  private final Executor later;
  private volatile long lastByte = System.nanoTime();
  private volatile boolean reading;
  private volatile boolean closed;
  private volatile boolean stalled;

  StallGuard(InputStream in, Duration limit) {
    this.in = in;
    this.limit = limit;
    long beat = Math.max(10, Math.min(1000, limit.toMillis() / 4));
    this.later = CompletableFuture.delayedExecutor(beat, TimeUnit.MILLISECONDS);
    later.execute(this::look);
  }

  private void look() {
    if (closed) {
      return;
    }
    if (reading && System.nanoTime() - lastByte > limit.toNanos()) {
      stalled = true;
      try {
        in.close(); // This wakes the reader.
      } catch (IOException e) {
        // It was broken already.
      }
    } else {
      later.execute(this::look);
    }
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
      if (stalled) {
        throw new IOException("no byte came for " + limit.toSeconds() + " s");
      }
      return read;
    } catch (IOException e) {
      throw stalled ? new IOException("no byte came for " + limit.toSeconds() + " s", e) : e;
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
