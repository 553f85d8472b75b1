/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Something that was found, and where.
 *
 * @param ailment what it is
 * @param count rows in which it was found
 * @param of rows that were looked at
 * @param examples the first rows, or the clearest ones
 * @param note numbers that belong to it; may be empty
 */
public record Finding(
    DataProblem ailment, long count, long of, List<Example> examples, String note) {
  public Finding {
    examples = List.copyOf(examples);
  }

  /** Returns the share of the rows, from 0 to 1. */
  public double share() {
    return of == 0 ? 0 : (double) count / of;
  }

  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", ailment.id());
    map.put("severity", ailment.severity().id());
    map.put("title", ailment.title());
    map.put("count", count);
    map.put("of", of);
    map.put("share", Math.round(share() * 1e6) / 1e6);
    map.put("note", note);
    map.put("advice", ailment.advice());
    map.put("examples", examples.stream().map(Example::toMap).toList());
    return map;
  }
}
