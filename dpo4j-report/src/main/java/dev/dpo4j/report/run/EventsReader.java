/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads {@code events.jsonl}. */
final class EventsReader {
  static final String FILE = "events.jsonl";

  private static final List<String> SPEEDS =
      List.of("tokens_per_second", "memory_bytes", "peak_device_bytes");

  private final Map<String, String> plan = new LinkedHashMap<>();
  private final Map<String, ChangedKey> changed = new LinkedHashMap<>();
  private final Map<String, DataTable> data = new LinkedHashMap<>();
  private final Map<String, Warning> warnings = new LinkedHashMap<>();
  private final List<Events.Start> starts = new ArrayList<>();
  private final Map<String, String> ends = new LinkedHashMap<>();

  /** Points of the process at hand, and those of earlier ones that it did not do again. */
  private final Map<String, SpeedPoints> speed = new LinkedHashMap<>();

  private final List<String> notes = new ArrayList<>();

  private final MetricsReader.PointTaker taker;
  private boolean wentBack;
  private long told;

  private EventsReader() {
    this((metric, step, value) -> {});
  }

  /** Reads lines that somebody else finds. */
  EventsReader(MetricsReader.PointTaker taker) {
    this.taker = taker;
  }

  static Events read(Path run) {
    Path file = run.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Events.NONE;
    }
    EventsReader reader = new EventsReader();
    long broken = 0;
    try (BufferedReader in = Lines.open(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isBlank() && !reader.line(line)) {
          broken++;
        }
      }
    } catch (IOException e) {
      throw new ReportException("The events of " + run + " cannot be read: " + e.getMessage(), e);
    }
    if (broken > 0) {
      reader.notes.add(broken + " lines of " + FILE + " are not whole and are left out");
    }
    return reader.events();
  }

  /** The beginning and the end of what a run tells. */
  static Events ends(Path run, int bytes) throws IOException {
    Path file = run.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Events.NONE;
    }
    EventsReader reader = new EventsReader();
    Lines.ends(file, bytes).forEach(reader::line);
    return reader.events();
  }

  /** How the last process ended, by name; empty where nothing tells. */
  Map<String, String> ended() {
    return ends;
  }

  /** Lines that told anything but speed. */
  long told() {
    return told;
  }

  /** Whether points were taken back since the last call. */
  boolean wentBack() {
    boolean did = wentBack;
    wentBack = false;
    return did;
  }

  /** What was read so far. */
  Events events() {
    Map<String, Curve> curves = new LinkedHashMap<>();
    speed.forEach((name, points) -> curves.put(name, points.curve()));
    return new Events(
        plan,
        changed,
        new ArrayList<>(data.values()),
        new ArrayList<>(warnings.values()),
        curves,
        starts,
        ends,
        notes);
  }

  /** Takes a line; returns whether it is one. */
  boolean line(String text) {
    JsonNode event;
    try {
      event = JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      return false;
    }
    String name = event.path("event").asString("");
    told += name.equals("speed") ? 0 : 1;
    switch (name) {
      case "start" -> start(event);
      case "plan" -> event.properties().forEach(part -> plan(part.getKey(), part.getValue()));
      case "data" -> data.put(event.path("role").asString(""), table(event));
      case "warning" -> {
        Warning warning =
            new Warning(event.path("name").asString(""), event.path("message").asString(""));
        warnings.put(warning.name() + '\n' + warning.message(), warning);
      }
      case "speed" -> speed(event);
      case "end" -> {
        ends.clear();
        event.properties().forEach(part -> ends.put(part.getKey(), part.getValue().asString("")));
      }
      default -> {
        return event.isObject(); // A newer version may tell more.
      }
    }
    return true;
  }

  private void start(JsonNode event) {
    long step = event.path("step").asLong(0);
    // What a killed process did after its last checkpoint was done again.
    for (SpeedPoints points : speed.values()) {
      wentBack |= points.cutAfter((double) step);
    }
    starts.add(
        new Events.Start(event.path("time").asString(""), step, event.path("max_steps").asLong(0)));
    ends.clear();
    plan("dpo4j", event.path("dpo4j"));
    plan("java", event.path("java"));
    changed.clear();
    for (Map.Entry<String, JsonNode> key : event.path("changed").properties()) {
      JsonNode change = key.getValue();
      changed.put(
          key.getKey(),
          new ChangedKey(change.path("value").asString(""), change.path("default").asString("")));
    }
  }

  private void plan(String name, JsonNode value) {
    String text = value.asString("");
    if (!text.isEmpty() && !name.equals("event") && !name.equals("time")) {
      plan.put(name, text);
    }
  }

  private void speed(JsonNode event) {
    double step = event.path("step").asDouble(0);
    for (String name : SPEEDS) {
      if (event.path(name).isNumber()) {
        double value = event.path(name).doubleValue();
        speed.computeIfAbsent(name, SpeedPoints::new).add(step, value);
        taker.point(name, step, value);
      }
    }
  }

  private static DataTable table(JsonNode event) {
    List<DataTable.Reason> reasons = new ArrayList<>();
    for (String kind : List.of("dropped", "cut", "noted")) {
      for (Map.Entry<String, JsonNode> reason : event.path(kind).properties()) {
        List<Long> rows = new ArrayList<>();
        reason.getValue().path("rows").forEach(row -> rows.add(row.asLong(0)));
        reasons.add(
            new DataTable.Reason(
                kind,
                reason.getKey(),
                reason.getValue().path("description").asString(reason.getKey()),
                reason.getValue().path("count").asLong(0),
                rows));
      }
    }
    Map<String, Map<String, Double>> lengths = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> part : event.path("lengths").properties()) {
      Map<String, Double> figures = new LinkedHashMap<>();
      part.getValue()
          .properties()
          .forEach(figure -> figures.put(figure.getKey(), figure.getValue().asDouble(0)));
      lengths.put(part.getKey(), figures);
    }
    return new DataTable(
        event.path("role").asString(""),
        event.path("source").asString(""),
        event.path("rows_read").asLong(0),
        event.path("rows_kept").asLong(0),
        event.path("tokens").asLong(0),
        reasons,
        lengths);
  }
}
