/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.http;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A request.
 *
 * @param method such as GET
 * @param uri the address
 * @param headers without the token, which is added where it belongs
 * @param body gives the body anew for each try
 * @param timeout longest wait for the headers of the answer
 * @param goesAway whether a redirect to another host is followed, without the token
 * @param authorized whether the token is sent at all
 * @param tries how often it is sent while the server fails
 */
public record Call(
    String method,
    URI uri,
    Map<String, String> headers,
    Supplier<BodyPublisher> body,
    Duration timeout,
    boolean goesAway,
    boolean authorized,
    int tries) {
  public static final int TRIES = 5;

  public Call {
    headers = Map.copyOf(headers);
  }

  private static Call of(String method, URI uri, Duration timeout, Supplier<BodyPublisher> body) {
    return new Call(method, uri, Map.of(), body, timeout, false, true, TRIES);
  }

  public static Call get(URI uri, Duration timeout) {
    return of("GET", uri, timeout, BodyPublishers::noBody);
  }

  static Call head(URI uri, Duration timeout) {
    return of("HEAD", uri, timeout, BodyPublishers::noBody);
  }

  public static Call post(URI uri, Duration timeout, Supplier<BodyPublisher> body) {
    return of("POST", uri, timeout, body);
  }

  public static Call put(URI uri, Duration timeout, Supplier<BodyPublisher> body) {
    return of("PUT", uri, timeout, body);
  }

  public Call with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Call(method, uri, more, body, timeout, goesAway, authorized, tries);
  }

  public Call anywhere() {
    return new Call(method, uri, headers, body, timeout, true, authorized, tries);
  }

  public Call anonymous() {
    return new Call(method, uri, headers, body, timeout, goesAway, false, tries);
  }

  /** Sent once: a second time would have another effect. */
  public Call once() {
    return new Call(method, uri, headers, body, timeout, goesAway, authorized, 1);
  }
}
