/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import java.io.IOException;

/**
 * An answer with status 200 that is sent piece by piece.
 *
 * @param type content type
 * @param body writes the pieces, on the thread of the request
 */
public record StreamedReply(String type, Body body) implements Reply {
  /** The type of server-sent events. */
  public static final String EVENTS = "text/event-stream; charset=utf-8";

  /** Writes the pieces. */
  @FunctionalInterface
  public interface Body {
    /** Writes all pieces; an {@link IOException} of the writer says that the client has gone. */
    void write(Writer writer) throws IOException;
  }

  /** Sends a piece at once. */
  @FunctionalInterface
  public interface Writer {
    /** Sends a text in UTF-8; waits for a client that reads slowly. */
    void send(String text) throws IOException;
  }
}
