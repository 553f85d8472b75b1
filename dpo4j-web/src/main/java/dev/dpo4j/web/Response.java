/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import java.util.Map;

/**
 * A whole answer.
 *
 * @param status HTTP status
 * @param type content type
 * @param body a text, sent as UTF-8
 * @param headers headers that win over those that every reply has
 */
public record Response(int status, String type, String body, Map<String, String> headers)
    implements Reply {
  /** The type of JSON. */
  public static final String JSON = "application/json; charset=utf-8";

  public Response {
    headers = Map.copyOf(headers);
  }

  /** An answer with the headers that every reply has. */
  public Response(int status, String type, String body) {
    this(status, type, body, Map.of());
  }

  /** The same answer with headers of its own. */
  public Response with(Map<String, String> own) {
    return new Response(status, type, body, own);
  }

  /** Answers with a text of JSON. */
  public static Response json(int status, String json) {
    return new Response(status, JSON, json);
  }

  /** Answers with one line of plain text. */
  public static Response text(int status, String text) {
    return new Response(status, "text/plain; charset=utf-8", text + "\n");
  }
}
