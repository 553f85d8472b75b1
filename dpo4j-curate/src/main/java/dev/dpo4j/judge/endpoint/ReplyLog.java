/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.data.file.JsonlLog;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every reply that was paid, raw, in a file: what stands there is not paid again.
 *
 * <p>A line holds {@code key} (a hash of the request), {@code time}, {@code model} and {@code
 * body}, the text of the response as it came. It is on the disk before the reply is used.
 */
public final class ReplyLog implements AutoCloseable {
  private static final JsonlLog.Kind KIND =
      new JsonlLog.Kind(
          "reply",
          "{\"key\":",
          line ->
              line.get("key") instanceof String
                  && line.get("model") instanceof String
                  && line.get("body") instanceof String);

  private final JsonlLog log;
  private final InFlight inFlight;
  private final Map<String, List<String>> bodies = new LinkedHashMap<>();
  private final Map<String, Usage> total = new TreeMap<>();
  private final Map<String, Usage> added = new TreeMap<>();

  private ReplyLog(JsonlLog log, InFlight inFlight) {
    this.log = log;
    this.inFlight = inFlight;
  }

  /**
   * Opens a log, new or old; an unfinished last line is cut off.
   *
   * @throws dev.dpo4j.io.ForeignFileException if the file is something else
   * @throws dev.dpo4j.data.row.DataException if a line behind the first is damaged
   */
  public static ReplyLog open(Path file) {
    JsonlLog lines = JsonlLog.open(file, KIND);
    ReplyLog log;
    try {
      log = new ReplyLog(lines, InFlight.open(file));
    } catch (RuntimeException e) {
      lines.close();
      throw e;
    }
    for (Map<String, @Nullable Object> line : lines.found()) {
      log.remember(
          String.valueOf(line.get("key")),
          String.valueOf(line.get("model")),
          String.valueOf(line.get("body")));
    }
    return log;
  }

  private Usage remember(String key, String model, String body) {
    Usage usage = Usage.of(body);
    bodies.computeIfAbsent(key, unused -> new ArrayList<>()).add(body);
    total.merge(model, usage, Usage::plus);
    return usage;
  }

  /** Bytes of an unfinished last line that were cut off. */
  public long cut() {
    return log.cut();
  }

  /** The bodies of all replies to a request, in the order in which they came. */
  synchronized List<String> bodies(String key) {
    return List.copyOf(bodies.getOrDefault(key, List.of()));
  }

  /**
   * Requests that were on their way when earlier commands were killed: they may have been paid, and
   * their replies are lost.
   */
  public long lost() {
    return inFlight.lost();
  }

  /** Notes that a request is about to be sent. */
  void sending(ChatRequest request) {
    inFlight.begin(request.key());
  }

  /** Notes that nothing more comes of a request. */
  void settled(ChatRequest request) {
    inFlight.end(request.key());
  }

  /** Keeps a reply; when this returns, it is on the disk. */
  synchronized void add(ChatRequest request, String body) {
    Map<String, @Nullable Object> line = new LinkedHashMap<>();
    line.put("key", request.key());
    line.put("time", Instant.now().toString());
    line.put("model", request.model());
    line.put("body", body);
    log.append(line);
    added.merge(request.model(), remember(request.key(), request.model(), body), Usage::plus);
  }

  /** What all replies in the log have used, by model. */
  public synchronized Map<String, Usage> total() {
    return new TreeMap<>(total);
  }

  /** What the replies since the log was opened have used, by model. */
  public synchronized Map<String, Usage> added() {
    return new TreeMap<>(added);
  }

  @Override
  public void close() {
    try (log) {
      inFlight.close();
    }
  }
}
