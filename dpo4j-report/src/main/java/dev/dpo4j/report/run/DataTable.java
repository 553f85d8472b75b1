/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of the rows of a data set.
 *
 * @param role what it is for, such as {@code train}
 * @param source where it comes from
 * @param read rows that were read
 * @param kept rows that are trained on
 * @param tokens tokens of an epoch
 * @param reasons why rows were dropped, cut or noted
 * @param lengths lengths in tokens before any cut: name of the figure to its value, by part
 */
public record DataTable(
    String role,
    String source,
    long read,
    long kept,
    long tokens,
    List<Reason> reasons,
    Map<String, Map<String, Double>> lengths) {
  public DataTable {
    reasons = List.copyOf(reasons);
    lengths = Collections.unmodifiableMap(new LinkedHashMap<>(lengths));
  }

  /**
   * A reason and the rows that it holds for.
   *
   * @param kind {@code dropped}, {@code cut} or {@code noted}
   * @param id its name
   * @param description it in a few words
   * @param count rows
   * @param rows the first of them
   */
  public record Reason(String kind, String id, String description, long count, List<Long> rows) {
    public Reason {
      rows = List.copyOf(rows);
    }
  }
}
