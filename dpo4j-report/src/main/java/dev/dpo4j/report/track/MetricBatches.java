/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The numbers of a run's log, some at a time, from where an earlier process ended.
 *
 * <p>A run that goes on from a checkpoint writes its log anew up to there, with the same lines. So
 * a place in the log is a step and the lines of that step, never a number of bytes, and steps that
 * were sent are not sent again.
 */
final class MetricBatches implements AutoCloseable {
  private static final String METRICS = "metrics.jsonl";
  private static final String EVENTS = "events.jsonl";
  private static final JsonMapper JSON = JsonMapper.shared();

  /** What MLflow's own callback replaces in names. */
  private static final Pattern UNUSUAL = Pattern.compile("[^0-9A-Za-z_\\-. :/]");

  private final LogLines lines;
  private final LogLines events;
  private final int most;
  private Place read = Place.START;
  private Place sent;
  private @Nullable Batch pending;
  private @Nullable JsonNode event;
  private long time;

  /**
   * A place in a log.
   *
   * @param step the step of the last line
   * @param lines how many lines of that step are before it, with it
   */
  record Place(long step, int lines) {
    static final Place START = new Place(-1, 0);

    Place next(long at) {
      return at == step ? new Place(step, lines + 1) : new Place(at, 1);
    }

    boolean isAfter(Place other) {
      return step != other.step ? step > other.step : lines > other.lines;
    }
  }

  /** A number of the log; the time is in milliseconds. */
  record Point(String name, double value, long step, long time) {}

  /** Numbers that are sent together, and the place behind them. */
  record Batch(List<Point> points, Place end) {}

  /**
   * Begins to read.
   *
   * @param run the run folder
   * @param sent the place up to which everything was sent
   * @param start the time of lines that nothing tells the time of, in milliseconds
   * @param most numbers in a batch, but for those of one line
   */
  MetricBatches(Path run, Place sent, long start, int most) {
    this.lines = new LogLines(run.resolve(METRICS));
    this.events = new LogLines(run.resolve(EVENTS));
    this.sent = sent;
    this.time = start;
    this.most = most;
  }

  /** The numbers to be sent next, the same until they are {@link #done}; null if there are none. */
  @Nullable Batch next() throws IOException {
    if (pending != null) {
      return pending;
    }
    List<Point> points = new ArrayList<>();
    while (points.size() < most) {
      String text = lines.next();
      if (text == null) {
        break;
      }
      take(text, points);
    }
    pending = read.isAfter(sent) ? new Batch(points, read) : null;
    return pending;
  }

  /** Takes note that the batch has arrived. */
  void done(Batch batch) {
    sent = batch.end();
    pending = null;
  }

  private void take(String text, List<Point> points) throws IOException {
    JsonNode line;
    try {
      line = JSON.readTree(text);
    } catch (JacksonException e) {
      return; // What a killed process left in the middle of a line.
    }
    JsonNode stepped = line.path("step");
    if (!stepped.isNumber()) {
      return;
    }
    long step = stepped.asLong();
    read = read.next(step);
    if (!read.isAfter(sent)) {
      return;
    }
    long at = timeOf(step);
    for (Map.Entry<String, JsonNode> entry : line.properties()) {
      Double value = number(entry.getValue());
      if (!entry.getKey().equals("step") && value != null) {
        points.add(new Point(UNUSUAL.matcher(entry.getKey()).replaceAll("_"), value, step, at));
      }
    }
  }

  private static @Nullable Double number(JsonNode value) {
    if (value.isNumber()) {
      return value.doubleValue();
    }
    try {
      return value.isString() ? Double.valueOf(value.stringValue()) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /**
   * When a step was logged, as the events of the run tell. A batch that has arrived, though its
   * answer was lost, is sent again with the same times, and the server knows it by them.
   */
  private long timeOf(long step) throws IOException {
    while (true) {
      JsonNode next = event;
      if (next == null) {
        String text = events.next();
        if (text == null) {
          return time;
        }
        if (text.contains("\"speed\"")) {
          event = parsed(text);
        }
        continue;
      }
      if (next.path("step").asLong(0) > step) {
        return time;
      }
      event = null;
      try {
        time = Math.max(time, Instant.parse(next.path("time").asString("")).toEpochMilli());
      } catch (DateTimeParseException e) {
        // The time before is near enough.
      }
    }
  }

  private static @Nullable JsonNode parsed(String text) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
    events.close();
  }
}
