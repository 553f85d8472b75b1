/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

/**
 * One path that the server knows; there are no patterns in it.
 *
 * @param method whether it changes something
 * @param path the exact path, such as {@code /api/question}
 * @param handler who answers
 */
public record Route(Method method, String path, Handler handler) {
  /** The two methods that are served; HEAD goes with GET. */
  public enum Method {
    /** Reads and changes nothing. */
    GET,
    /** Changes or makes something: the request has a body. */
    POST
  }

  /** Answers a request. */
  @FunctionalInterface
  public interface Handler {
    /** Answers; an exception becomes status 500 and a line in the log. */
    Reply handle(Request request) throws Exception;
  }

  /** A route that reads. */
  public static Route get(String path, Handler handler) {
    return new Route(Method.GET, path, handler);
  }

  /** A route that changes something. */
  public static Route post(String path, Handler handler) {
    return new Route(Method.POST, path, handler);
  }
}
