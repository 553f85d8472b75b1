/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a repaired copy holds.
 *
 * @param file the copy
 * @param changes the list of changes, one JSON object a line
 * @param kept rows in the copy
 * @param dropped rows left out
 * @param swapped rows whose answers changed places
 * @param rewritten rows that could not be copied as they stood, because their source is not lines
 *     of JSON, and lost the columns that nobody reads
 */
public record Repair(
    String file, String changes, long kept, long dropped, long swapped, long rewritten) {

  /** Returns a line for people. */
  public String describe() {
    return "%s: %d rows kept, %d dropped, %d swapped%s; every change stands in %s"
        .formatted(
            file,
            kept,
            dropped,
            swapped,
            rewritten == 0 ? "" : ", %d written anew".formatted(rewritten),
            changes);
  }

  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("file", file);
    map.put("changes", changes);
    map.put("kept", kept);
    map.put("dropped", dropped);
    map.put("swapped", swapped);
    map.put("rewritten", rewritten);
    return map;
  }
}
