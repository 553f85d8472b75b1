/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import java.util.Map;

/**
 * How a server serves.
 *
 * @param host the address on which it listens
 * @param port the port, or 0 for any that is free
 * @param maxBody the most bytes of a request's body
 * @param threads the most requests at a time
 * @param headers headers of every reply
 * @param faults makes the reply to what no route answers
 */
public record WebSettings(
    String host, int port, int maxBody, int threads, Map<String, String> headers, Faults faults) {
  /** Copies the headers. */
  public WebSettings {
    headers = Map.copyOf(headers);
  }

  /** Says what is wrong in the form that clients of the server expect. */
  @FunctionalInterface
  public interface Faults {
    /** Makes a reply with a status and a sentence. */
    Response reply(int status, String message);
  }
}
