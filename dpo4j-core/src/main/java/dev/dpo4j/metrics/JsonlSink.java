/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes one JSON object a line to {@code metrics.jsonl}, each at once, so that a run can be
 * watched.
 *
 * <p>A line holds {@code step}, {@code epoch} and the metrics under their names. A number that is
 * not finite is written as the string {@code "NaN"}, {@code "Infinity"} or {@code "-Infinity"},
 * because JSON has no such numbers. {@linkplain SpeedMetrics Speed} is left out, so that runs of
 * the same config on the same machine write the same bytes.
 */
public final class JsonlSink implements MetricSink {
  /** The usual name of the file in a run folder. */
  public static final String FILE_NAME = "metrics.jsonl";

  private final Path file;
  private final BufferedWriter writer;

  /**
   * Opens the file; lines are added at its end.
   *
   * @throws UncheckedIOException if it cannot be opened
   */
  public JsonlSink(Path file) {
    this.file = file;
    try {
      writer =
          Files.newBufferedWriter(
              file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open " + file + " for the metrics: " + e, e);
    }
  }

  @Override
  public void log(long step, double epoch, Map<String, Double> metrics) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", step);
    line.put("epoch", epoch);
    metrics.forEach(
        (name, value) -> {
          if (!SpeedMetrics.contains(name)) {
            line.put(name, value);
          }
        });
    try {
      writer.write(JsonMapper.shared().writeValueAsString(line));
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot write the metrics of step " + step + " to " + file + ": " + e, e);
    }
  }

  /** Takes a line that was read. */
  @FunctionalInterface
  public interface LineReader {
    /** Takes a line; see {@link MetricSink#log}. */
    void line(long step, double epoch, Map<String, Double> metrics);
  }

  /**
   * Gives out the lines of such a file; written to a sink again they are the same bytes.
   *
   * @throws UncheckedIOException if the file cannot be read or is not one
   */
  public static void replay(Path file, LineReader into) {
    try {
      for (String text : Files.readAllLines(file)) {
        JsonNode line = JsonMapper.shared().readTree(text);
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : line.properties()) {
          if (!entry.getKey().equals("step") && !entry.getKey().equals("epoch")) {
            metrics.put(entry.getKey(), number(entry.getValue()));
          }
        }
        into.line(line.path("step").asLong(), number(line.path("epoch")), metrics);
      }
    } catch (IOException | JacksonException | NumberFormatException e) {
      throw new UncheckedIOException(new IOException("Cannot read the metrics of " + file, e));
    }
  }

  private static double number(JsonNode value) {
    return value.isString() ? Double.parseDouble(value.stringValue()) : value.doubleValue();
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + file + ": " + e, e);
    }
  }
}
