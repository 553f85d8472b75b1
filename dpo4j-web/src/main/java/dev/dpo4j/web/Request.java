/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import java.util.Map;

/**
 * A request that the {@link RequestGate} has let in.
 *
 * @param path the path of the route
 * @param query parameters of the address, the first value of each
 * @param language the language that the browser prefers: {@code en} or {@code zh}
 * @param body the text sent, empty for GET
 * @param client who waits for the answer
 */
public record Request(
    String path, Map<String, String> query, String language, String body, Client client) {
  /** Copies the parameters. */
  public Request {
    query = Map.copyOf(query);
  }

  /** Who waits for an answer. */
  @FunctionalInterface
  public interface Client {
    /** Whether the client has closed the connection; may be asked again and again. */
    boolean hasGone();
  }
}
