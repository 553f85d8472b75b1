/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that send a whole body before they look for an answer. */
@Timeout(60)
class UnreadBodyTest {
  private static final int MOST = 100_000;

  private static WebServer server;

  @BeforeAll
  static void start() {
    WebSettings settings =
        new WebSettings(
            "127.0.0.1",
            0,
            MOST,
            12,
            Map.of(),
            (status, message) -> Response.text(status, message));
    Route route =
        Route.post("/length", request -> Response.text(200, "" + request.body().length()));
    RequestGate gate =
        head ->
            "no".equals(head.header("Let-In"))
                ? Optional.of(Response.text(401, "Not you."))
                : Optional.empty();
    server = WebServer.start(settings, List.of(route), gate);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Writes all, then reads until the server closes. */
  private static String answer(Socket socket, String head, byte[] body) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write((head + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
    for (int at = 0; at < body.length; at += 1 << 16) {
      out.write(body, at, Math.min(1 << 16, body.length - at));
    }
    out.flush();
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String answer(String head, int length) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      return answer(socket, head + "\r\nContent-Length: " + length, new byte[length]);
    }
  }

  private static String post(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost";
  }

  @RepeatedTest(50)
  void aBodyThatIsTooLongIsRefusedAndTheRefusalArrives() throws IOException {
    assertThat(answer(post("/length"), 5_000_000))
        .startsWith("HTTP/1.1 413 ")
        .endsWith("The request is longer than 100000 bytes.\n");
    assertThat(answer(post("/length"), MOST)).startsWith("HTTP/1.1 200 ").endsWith("100000\n");
  }

  @Test
  void soAreThoseOfStrangersAndThoseThatNobodyReads() throws IOException {
    assertThat(answer(post("/length") + "\r\nLet-In: no", 5_000_000))
        .startsWith("HTTP/1.1 401 ")
        .endsWith("Not you.\n");
    assertThat(answer(post("/nothing"), 5_000_000))
        .startsWith("HTTP/1.1 404 ")
        .endsWith("There is nothing at this path.\n");
  }

  @Test
  void aBodyOfUnknownLengthIsCounted() throws IOException {
    byte[] chunk = new byte[MOST];
    byte[] body = new byte[20 * (chunk.length + 9) + 5];
    int at = 0;
    for (int i = 0; i < 20; i++) {
      at = put(body, at, Integer.toHexString(chunk.length) + "\r\n");
      at = put(body, at + chunk.length, "\r\n");
    }
    assertThat(put(body, at, "0\r\n\r\n")).isEqualTo(body.length);
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      assertThat(answer(socket, post("/length") + "\r\nTransfer-Encoding: chunked", body))
          .startsWith("HTTP/1.1 413 ")
          .endsWith("The request is longer than 100000 bytes.\n");
    }
  }

  private static int put(byte[] body, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, body, at, bytes.length);
    return at + bytes.length;
  }

  @Test
  void whoSendsNoMoreThanItAnnouncedIsNotWaitedForWithoutEnd() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head = post("/length") + "\r\nContent-Length: 5000000";
      assertThat(answer(socket, head, new byte[1000])).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void whoAsksBeforeItSendsIsAnsweredAtOnce() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      String head = post("/length") + "\r\nExpect: 100-continue\r\nContent-Length: 5000000";
      assertThat(answer(socket, head, new byte[0])).startsWith("HTTP/1.1 413 ");
    }
  }
}
