/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowInfo;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Counts what happens to the rows of a data set. */
public final class ReportBuilder {
  /** More different unread columns than this are counted under one name. */
  private static final int MAX_COLUMNS = 100;

  private final Map<RowEvent, IntList> rows = new EnumMap<>(RowEvent.class);
  private final Map<String, TreeMap<Integer, Integer>> lengths = new LinkedHashMap<>();
  private final Map<String, Integer> ignored = new TreeMap<>();
  private int read;
  private int kept;
  private long tokens;

  /** Counts a row and what happened to it. */
  public void row(RowInfo info, Set<RowEvent> events, boolean isKept) {
    read++;
    kept += isKept ? 1 : 0;
    for (RowEvent event : events) {
      // What would have happened to a row that is dropped anyway is of no interest.
      if (isKept || event.kind() != RowEvent.Kind.CUT) {
        rows.computeIfAbsent(event, unused -> new IntList()).add(info.row());
      }
    }
    for (String column : info.ignored()) {
      ignore(column, 1);
    }
  }

  private void ignore(String column, int count) {
    boolean known = ignored.containsKey(column) || ignored.size() < MAX_COLUMNS;
    ignored.merge(known ? column : "(others)", count, Integer::sum);
  }

  /** Counts a length in tokens before any cut. */
  public void lengths(String what, int length) {
    // How often each length is there: a list of all lengths would grow with the rows.
    lengths.computeIfAbsent(what, unused -> new TreeMap<>()).merge(length, 1, Integer::sum);
  }

  /** Counts tokens that are trained on. */
  public void tokens(long count) {
    tokens += count;
  }

  /** How often each length is there, which {@link #add} takes again. */
  Map<String, Map<Integer, Integer>> lengthCounts() {
    return new LinkedHashMap<>(lengths);
  }

  /**
   * Adds what became of rows that somebody else has counted.
   *
   * @param counts how often each length is there
   */
  void add(DataReport part, Map<String, Map<Integer, Integer>> counts) {
    int before = read;
    read += part.read();
    kept += part.kept();
    tokens += part.tokens();
    for (RowEvent event : part.rows().keySet()) {
      IntList list = rows.computeIfAbsent(event, unused -> new IntList());
      for (int row : part.rows(event)) {
        list.add(before + row);
      }
    }
    counts.forEach(
        (what, found) -> {
          TreeMap<Integer, Integer> all = lengths.computeIfAbsent(what, unused -> new TreeMap<>());
          found.forEach((length, count) -> all.merge(length, count, Integer::sum));
        });
    part.ignoredColumns().forEach(this::ignore);
  }

  public DataReport build(String source, TokenizeOptions options) {
    Map<RowEvent, int[]> events = new EnumMap<>(RowEvent.class);
    rows.forEach((event, list) -> events.put(event, list.toArray()));
    Map<String, LengthStats> stats = new LinkedHashMap<>();
    lengths.forEach((what, list) -> stats.put(what, LengthStats.of(list)));
    return new DataReport(source, options, read, kept, tokens, events, stats, ignored);
  }
}
