/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import java.util.Map;

/**
 * A request that the {@link Guard} has let in.
 *
 * @param path the path, made of letters, digits and {@code / . _ -} only
 * @param query parameters of the address, the first value of each
 * @param language the language that the browser prefers: {@code en} or {@code zh}
 * @param body the text sent, empty for GET
 */
public record Request(String path, Map<String, String> query, String language, String body) {
  public Request {
    query = Map.copyOf(query);
  }
}
