/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.RowEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Says what became of the rows of a data set: how many were kept, cut and dropped, and why.
 *
 * @param source the data set as the user knows it
 * @param options the options it was made with
 * @param read number of rows read
 * @param kept number of rows trained on
 * @param tokens number of tokens trained on in one epoch, the prompt counted once per answer
 * @param rows for each event, the rows it happened to, in the order in which they were read
 * @param lengths lengths in tokens before truncation, of all rows that were tokenised
 * @param ignoredColumns columns that nobody reads, with the number of rows that have them
 */
public record DataReport(
    String source,
    TokenizeOptions options,
    int read,
    int kept,
    long tokens,
    Map<RowEvent, int[]> rows,
    Map<String, LengthStats> lengths,
    Map<String, Integer> ignoredColumns) {
  private static final ObjectMapper MAPPER = JsonMapper.shared();
  private static final int ROWS_SHOWN = 8;

  public DataReport {
    Map<RowEvent, int[]> copy = new EnumMap<>(RowEvent.class);
    copy.putAll(rows);
    rows = Collections.unmodifiableMap(copy);
    lengths = Collections.unmodifiableMap(new LinkedHashMap<>(lengths));
    ignoredColumns = Collections.unmodifiableMap(new TreeMap<>(ignoredColumns));
  }

  /** Returns the number of rows that are not trained on. */
  public int dropped() {
    return read - kept;
  }

  /** Returns the number of rows that something happened to. */
  public int count(RowEvent event) {
    return rows(event).length;
  }

  /** Returns the rows that something happened to; the array is the caller's own. */
  public int[] rows(RowEvent event) {
    int[] found = rows.get(event);
    return found == null ? new int[0] : found.clone();
  }

  /**
   * Returns what happened to rows as a list of numbers with their reasons, such as {@code 3 prompt
   * reaches max_length (512)}; empty where nothing of the kind did.
   */
  public String summary(RowEvent.Kind kind) {
    return rows.entrySet().stream()
        .filter(entry -> entry.getKey().kind() == kind && entry.getValue().length > 0)
        .map(entry -> entry.getValue().length + " " + describe(entry.getKey()))
        .collect(Collectors.joining(", "));
  }

  /** Returns a table for people, some lines without a final line end. */
  public String toTable() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %d rows read, %d kept, %d dropped; %d tokens an epoch"
            .formatted(source, read, kept, dropped(), tokens));
    for (Map.Entry<RowEvent, int[]> entry : rows.entrySet()) {
      RowEvent event = entry.getKey();
      lines.add(
          "  %-7s %7d  %-46s %s"
              .formatted(
                  event.kind().name().toLowerCase(Locale.ROOT),
                  entry.getValue().length,
                  describe(event),
                  shorten(entry.getValue()))
              .stripTrailing());
    }
    if (!lengths.isEmpty()) {
      lines.add(
          "  tokens before any cut %6s %5s %5s %5s %5s %5s %5s %5s %5s"
              .formatted("mean", "min", "p25", "p50", "p75", "p90", "p95", "p99", "max"));
      lengths.forEach(
          (what, l) ->
              lines.add(
                  String.format(
                      Locale.ROOT,
                      "    %-19s %6.1f %5d %5d %5d %5d %5d %5d %5d %5d",
                      what,
                      l.mean(),
                      l.min(),
                      l.p25(),
                      l.p50(),
                      l.p75(),
                      l.p90(),
                      l.p95(),
                      l.p99(),
                      l.max())));
    }
    if (!ignoredColumns.isEmpty()) {
      lines.add(
          "  columns not read: "
              + ignoredColumns.entrySet().stream()
                  .map(column -> column.getKey() + " (" + column.getValue() + " rows)")
                  .collect(Collectors.joining(", ")));
    }
    return String.join("\n", lines);
  }

  private String describe(RowEvent event) {
    return event == RowEvent.PROMPT_TOO_LONG
        ? event.description() + " (" + options.maxLength() + ")"
        : event.description();
  }

  private static String shorten(int[] rows) {
    String first =
        Arrays.stream(rows)
            .limit(ROWS_SHOWN)
            .mapToObj(String::valueOf)
            .collect(Collectors.joining(", "));
    return (rows.length == 1 ? "row " : "rows ")
        + first
        + (rows.length > ROWS_SHOWN ? ", ..." : "");
  }

  /** Returns the same as plain values, ready to be written as JSON. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("source", source);
    if (options.maxLength() != null) {
      map.put("max_length", options.maxLength());
    }
    map.put("rows_read", read);
    map.put("rows_kept", kept);
    map.put("rows_dropped", dropped());
    map.put("tokens", tokens);
    for (RowEvent.Kind kind : RowEvent.Kind.values()) {
      Map<String, Object> events = new LinkedHashMap<>();
      rows.forEach(
          (event, list) -> {
            if (event.kind() == kind) {
              events.put(event.id(), Map.of("count", list.length, "rows", list));
            }
          });
      map.put(kind.name().toLowerCase(Locale.ROOT), events);
    }
    Map<String, Object> stats = new LinkedHashMap<>();
    lengths.forEach((what, l) -> stats.put(what.replace(' ', '_'), l.toMap()));
    map.put("lengths", stats);
    map.put("ignored_columns", ignoredColumns);
    return map;
  }

  /** Returns the same as one line of JSON. */
  public String toJson() {
    return MAPPER.writeValueAsString(toMap());
  }
}
