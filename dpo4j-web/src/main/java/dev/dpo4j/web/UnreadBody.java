/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.io.Content;

/**
 * What a client still sends when its answer is ready.
 *
 * <p>A connection that is closed with bytes unread is reset, and a reset can overtake the answer.
 * So after a refusal the rest is read and thrown away for a while (RFC 9112, section 9.6).
 */
final class UnreadBody {
  private static final long MOST_BYTES = 16L << 20;
  private static final long MOST_MILLIS = 2_000;
  private static final long LOOK_MILLIS = 5;

  private UnreadBody() {}

  /** Whether the client may still be sending. */
  static boolean isOf(HttpServletRequest request) throws IOException {
    boolean sends =
        request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    // Who asks before it sends, sends nothing after a refusal.
    return sends && request.getHeader("Expect") == null && !request.getInputStream().isFinished();
  }

  /** Reads until the client has sent all, or has gone, or more than anybody waits for. */
  static void discard(HttpServletRequest request) {
    Content.Source source = ServletContextRequest.getServletContextRequest(request);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS);
    long read = 0;
    boolean last = false;
    while (!last && read < MOST_BYTES && System.nanoTime() < end) {
      Content.Chunk chunk = source.read();
      if (chunk != null) {
        last = chunk.isLast();
        read += chunk.remaining();
        chunk.release();
      } else if (!pause()) {
        return;
      }
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
