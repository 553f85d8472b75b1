/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.server;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends what no honest client would send: any header, any path, byte by byte. */
public final class RawHttp {
  /** An answer; header names are in lower case. */
  public record Answer(int status, Map<String, String> headers, String body) {}

  private final URI address;
  private final Map<String, String> headers = new LinkedHashMap<>();

  /** Talks to a server, with the headers that its own page would send, but no token. */
  public RawHttp(URI address) {
    this.address = address;
    headers.put("Host", address.getAuthority());
    headers.put("Connection", "close");
  }

  /** Brings the token of an address in the cookie, as a browser does after the first request. */
  public RawHttp withToken() {
    String token = address.getQuery().substring("token=".length());
    return with("Cookie", "dpo4j-" + address.getPort() + "=" + token);
  }

  /** Sets a header, or leaves it out. */
  public RawHttp with(String name, @Nullable String value) {
    RawHttp other = new RawHttp(address);
    other.headers.putAll(headers);
    if (value == null) {
      other.headers.remove(name);
    } else {
      other.headers.put(name, value);
    }
    return other;
  }

  /** Asks for a path, which is sent as it is. */
  public Answer get(String path) throws IOException {
    return send("GET", path, new byte[0]);
  }

  /** Posts JSON from the server's own page. */
  public Answer post(String path, String json) throws IOException {
    RawHttp page = this;
    if (!headers.containsKey("Origin")) {
      page = page.with("Origin", "http://" + address.getAuthority());
    }
    if (!headers.containsKey("Content-Type")) {
      page = page.with("Content-Type", "application/json");
    }
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    if (!headers.containsKey("Transfer-Encoding")) {
      page = page.with("Content-Length", String.valueOf(body.length));
    }
    return page.send("POST", path, body);
  }

  /** Sends a request and reads the answer to its end. */
  public Answer send(String method, String path, byte[] body) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    try (Socket socket = new Socket("127.0.0.1", address.getPort())) {
      socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      return parse(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Answer parse(String text) {
    int end = text.indexOf("\r\n\r\n");
    List<String> lines = new ArrayList<>(List.of(text.substring(0, end).split("\r\n")));
    int status = Integer.parseInt(lines.remove(0).split(" ")[1]);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      headers.put(name, line.substring(colon + 1).strip());
    }
    return new Answer(status, headers, text.substring(end + 4));
  }
}
