/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A web server on loopback that remembers what it was asked and can fail in every way. */
public final class FakeHub implements Closeable {
  private final ServerSocket socket;
  private final Function<Request, Reply> pages;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Plan> plans = new CopyOnWriteArrayList<>();

  /** What a client asked; the names of headers are in lower case. */
  public record Request(
      String method, String target, Map<String, String> headers, byte[] body, long number) {
    /** Returns the path without the query, decoded. */
    public String path() {
      String raw = target.replaceFirst("\\?.*", "").replace("+", "%2B");
      return URLDecoder.decode(raw, StandardCharsets.UTF_8);
    }

    /** Returns a header, empty if there is none. */
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** Returns the first byte that is asked for, 0 where the whole is. */
    public long from() {
      return header("range").isEmpty() ? 0 : Long.parseLong(header("range").replaceAll("\\D", ""));
    }

    /** Returns the body as text. */
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** What the server answers. */
  public record Reply(int status, Map<String, String> headers, byte[] body) {
    /** An answer with a text. */
    public static Reply of(int status, String text) {
      return new Reply(status, Map.of(), text.getBytes(StandardCharsets.UTF_8));
    }

    /** The same answer with one more header. */
    public Reply with(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.put(name, value);
      return new Reply(status, more, body);
    }

    byte[] head(long length) {
      StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Said\r\n");
      headers.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
      if (!headers.containsKey("Content-Length")) {
        text.append("Content-Length: " + length + "\r\n");
      }
      return text.append("Connection: close\r\n\r\n")
          .toString()
          .getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** Another way to give an answer than the right one. */
  @FunctionalInterface
  public interface Fault {
    /** Writes what the client gets; the connection is closed afterwards. */
    void write(Reply right, OutputStream out) throws IOException, InterruptedException;

    /** Another answer. */
    static Fault reply(Reply other) {
      return (right, out) -> writeWhole(other, out);
    }

    /**
     * Only the first bytes of the body, though all were promised. The JDK's client drops what it
     * has received and not yet handed out when a connection breaks, so that fewer may arrive.
     */
    static Fault cutAt(int bytes) {
      return (right, out) -> {
        out.write(right.head(right.body().length));
        out.write(right.body(), 0, Math.min(bytes, right.body().length));
        out.flush();
        if (bytes > 0) {
          Thread.sleep(50); // Most of the bytes are handed out by then; no test rests on it.
        }
      };
    }

    /** The first bytes, and then silence. */
    static Fault silentAfter(int bytes, long millis) {
      return (right, out) -> {
        out.write(right.head(right.body().length));
        out.write(right.body(), 0, Math.min(bytes, right.body().length));
        out.flush();
        Thread.sleep(millis);
      };
    }

    /** The first bytes one by one, with a wait before each. */
    static Fault trickle(int bytes, long millis) {
      return (right, out) -> {
        out.write(right.head(right.body().length));
        for (int i = 0; i < bytes; i++) {
          Thread.sleep(millis);
          out.write(right.body(), i, 1);
          out.flush();
        }
      };
    }

    /** The right number of bytes, of which one is wrong. */
    static Fault oneWrongByte() {
      return (right, out) -> {
        byte[] body = right.body().clone();
        if (body.length > 0) {
          body[body.length / 2] ^= 0x40;
        }
        writeWhole(new Reply(right.status(), right.headers(), body), out);
      };
    }

    /** A body of another length, with a header that agrees with it. */
    static Fault length(int length) {
      return (right, out) ->
          writeWhole(
              new Reply(
                  right.status(), right.headers(), java.util.Arrays.copyOf(right.body(), length)),
              out);
    }
  }

  /** A fault for the next requests of a kind. */
  private static final class Plan {
    final Predicate<Request> when;
    final Fault fault;
    int left;

    Plan(Predicate<Request> when, int times, Fault fault) {
      this.when = when;
      this.left = times;
      this.fault = fault;
    }

    synchronized boolean takes(Request request) {
      return left > 0 && when.test(request) && left-- > 0;
    }
  }

  private FakeHub(Function<Request, Reply> pages) throws IOException {
    this.pages = pages;
    this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::accept, "fake hub");
    thread.setDaemon(true);
    thread.start();
  }

  /** Starts a server. */
  public static FakeHub serving(Function<Request, Reply> pages) throws IOException {
    return new FakeHub(pages);
  }

  /** Returns the address, by number: to a client another port is another origin. */
  public String address() {
    return "http://127.0.0.1:" + socket.getLocalPort();
  }

  /** Returns all requests so far. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Returns the requests with this method for paths that contain a text. */
  public List<Request> requests(String method, String part) {
    return requests.stream()
        .filter(request -> request.method().equals(method) && request.path().contains(part))
        .toList();
  }

  /** Forgets the requests so far. */
  public void forget() {
    requests.clear();
  }

  /** Fails for some requests with this method for paths that contain a text. */
  public void fail(String method, String part, int times, Fault fault) {
    plans.add(
        new Plan(
            request -> request.method().equals(method) && request.path().contains(part),
            times,
            fault));
  }

  /** Forgets all faults that have not happened yet. */
  public void relent() {
    plans.clear();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread thread = new Thread(() -> serve(connection), "fake hub connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      Request request = read(new BufferedInputStream(connection.getInputStream()));
      if (request == null) {
        return;
      }
      requests.add(request);
      Reply right = pages.apply(request);
      if (request.method().equals("HEAD")) {
        right = new Reply(right.status(), withLength(right), new byte[0]);
      }
      OutputStream out = connection.getOutputStream();
      Plan plan = null;
      for (Plan candidate : plans) {
        plan = plan == null && candidate.takes(request) ? candidate : plan;
      }
      if (plan == null) {
        writeWhole(right, out);
      } else {
        plan.fault.write(right, out);
      }
    } catch (IOException | InterruptedException e) {
      // The client has gone, as some tests want.
    }
  }

  private static Map<String, String> withLength(Reply reply) {
    Map<String, String> headers = new LinkedHashMap<>(reply.headers());
    headers.putIfAbsent("Content-Length", String.valueOf(reply.body().length));
    return headers;
  }

  static void writeWhole(Reply reply, OutputStream out) throws IOException {
    out.write(reply.head(reply.body().length));
    out.write(reply.body());
    out.flush();
  }

  private @Nullable Request read(InputStream in) throws IOException {
    String first = line(in);
    if (first.isEmpty()) {
      return null;
    }
    String[] words = first.split(" ", -1);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new Request(words[0], words[1], headers, in.readNBytes(length), requests.size());
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b = in.read();
    while (b >= 0 && b != '\n') {
      line.write(b);
      b = in.read();
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
