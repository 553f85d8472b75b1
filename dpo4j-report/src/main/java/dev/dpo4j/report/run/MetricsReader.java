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
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the log of a run: {@code metrics.jsonl}, or {@code trainer_state.json} where it is not. */
final class MetricsReader {
  static final String METRICS = "metrics.jsonl";
  static final String STATE = "trainer_state.json";

  /** What stands in a line beside the metrics, and sums that are no curve. */
  private static final Set<String> NO_CURVE =
      Set.of("step", "epoch", "total_flos", "train_loss", "num_tokens", "eval_num_tokens");

  private static final JsonMapper JSON = JsonMapper.shared();

  /** Sees each point as it is read. */
  @FunctionalInterface
  interface PointTaker {
    void point(String metric, double step, double value);
  }

  private final PointTaker taker;
  private final Map<String, CurveBuilder> builders = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private long lines;
  private double lastStep;

  private MetricsReader() {
    this((metric, step, value) -> {});
  }

  /** Reads lines that somebody else finds. */
  MetricsReader(PointTaker taker) {
    this.taker = taker;
  }

  /** Reads the log of a folder, null where there is none. */
  static @Nullable Metrics read(Path run) {
    Path metrics = run.resolve(METRICS);
    Path state = run.resolve(STATE);
    MetricsReader reader = new MetricsReader();
    try {
      if (Files.isRegularFile(metrics)) {
        reader.lines(metrics);
      } else if (Files.isRegularFile(state)) {
        reader.history(state);
      } else {
        return null;
      }
    } catch (IOException | JacksonException e) {
      throw new ReportException("The metrics of " + run + " cannot be read: " + e.getMessage(), e);
    }
    return reader.metrics();
  }

  /** The beginning and the end of the log; null where there is no {@code metrics.jsonl}. */
  static @Nullable Metrics ends(Path run, int bytes) throws IOException {
    Path file = run.resolve(METRICS);
    if (!Files.isRegularFile(file)) {
      return null;
    }
    MetricsReader reader = new MetricsReader();
    Lines.ends(file, bytes).forEach(reader::line);
    return reader.metrics();
  }

  /** What was read so far. */
  Metrics metrics() {
    Map<String, Curve> curves = new LinkedHashMap<>();
    builders.forEach((name, builder) -> curves.put(name, builder.build()));
    return new Metrics(curves, lines, lastStep, notes);
  }

  private void lines(Path file) throws IOException {
    long number = 0;
    long broken = 0;
    long firstBroken = 0;
    try (BufferedReader in = Lines.open(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!line.isBlank() && !line(line)) {
          broken++;
          firstBroken = broken == 1 ? number : firstBroken;
        }
      }
    }
    if (broken == 1 && firstBroken == number) {
      notes.add("the last line of " + METRICS + " (" + number + ") is not whole and is left out");
    } else if (broken > 0) {
      notes.add(
          "%d lines of %s are no JSON objects and are left out; the first is line %d"
              .formatted(broken, METRICS, firstBroken));
    }
  }

  /** Takes a line, all of it or nothing; returns whether it is one. */
  boolean line(String text) {
    double step = Double.NaN;
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        Double value = number(parser, parser.nextToken());
        if (name.equals("step") && value != null) {
          step = value;
        } else if (value != null && !NO_CURVE.contains(name)) {
          names.add(name);
          values.add(value);
        }
      }
    } catch (JacksonException e) {
      return false;
    }
    if (Double.isNaN(step)) {
      return false;
    }
    lines++;
    lastStep = Math.max(lastStep, step);
    for (int i = 0; i < names.size(); i++) {
      builders.computeIfAbsent(names.get(i), CurveBuilder::new).add(step, values.get(i));
      taker.point(names.get(i), step, values.get(i));
    }
    return true;
  }

  /** A number, also one of those that JSON does not have; null for anything else. */
  private static @Nullable Double number(JsonParser parser, @Nullable JsonToken token) {
    if (token == null) {
      return null;
    } else if (token.isNumeric()) {
      return parser.getDoubleValue();
    } else if (token == JsonToken.VALUE_STRING) {
      return named(parser.getString());
    }
    parser.skipChildren();
    return null;
  }

  private static @Nullable Double named(String text) {
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "Infinity" -> Double.POSITIVE_INFINITY;
      case "-Infinity" -> Double.NEGATIVE_INFINITY;
      default -> null;
    };
  }

  /** Tools of Hugging Face leave the whole log in one array. */
  private void history(Path file) throws IOException {
    JsonNode root =
        JSON.reader()
            .with(tools.jackson.core.json.JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .readTree(Lines.text(file));
    for (JsonNode entry : root.path("log_history")) {
      double step = entry.path("step").asDouble(0);
      lines++;
      lastStep = Math.max(lastStep, step);
      for (Map.Entry<String, JsonNode> metric : entry.properties()) {
        JsonNode value = metric.getValue();
        @Nullable Double number =
            value.isNumber() ? (Double) value.doubleValue() : named(value.asString(""));
        if (number != null && !NO_CURVE.contains(metric.getKey())) {
          builders.computeIfAbsent(metric.getKey(), CurveBuilder::new).add(step, number);
        }
      }
    }
    notes.add("there is no " + METRICS + "; the log was taken from " + STATE);
  }
}
