/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

/**
 * A whole answer.
 *
 * @param status HTTP status
 * @param type content type
 * @param body a text, sent as UTF-8
 */
public record Response(int status, String type, String body) implements Reply {
  /** The type of JSON. */
  public static final String JSON = "application/json; charset=utf-8";

  /** Answers with a text of JSON. */
  public static Response json(int status, String json) {
    return new Response(status, JSON, json);
  }

  /** Answers with one line of plain text. */
  public static Response text(int status, String text) {
    return new Response(status, "text/plain; charset=utf-8", text + "\n");
  }
}
