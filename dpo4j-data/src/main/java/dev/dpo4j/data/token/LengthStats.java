/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Describes how long some sequences are, in tokens.
 *
 * @param count number of sequences; the other values are 0 if there is none
 * @param mean mean length
 * @param min shortest
 * @param p25 lower quartile
 * @param p50 median
 * @param p75 upper quartile
 * @param p90 nine of ten are at most this long
 * @param p95 95 of 100 are at most this long
 * @param p99 99 of 100 are at most this long
 * @param max longest
 */
public record LengthStats(
    int count,
    double mean,
    int min,
    int p25,
    int p50,
    int p75,
    int p90,
    int p95,
    int p99,
    int max) {
  static LengthStats of(int[] lengths) {
    if (lengths.length == 0) {
      return new LengthStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
    int[] sorted = lengths.clone();
    Arrays.sort(sorted);
    return new LengthStats(
        sorted.length,
        Arrays.stream(sorted).average().orElse(0),
        sorted[0],
        at(sorted, 25),
        at(sorted, 50),
        at(sorted, 75),
        at(sorted, 90),
        at(sorted, 95),
        at(sorted, 99),
        sorted[sorted.length - 1]);
  }

  /** The nearest-rank percentile: the smallest value that at least p percent do not exceed. */
  private static int at(int[] sorted, int percent) {
    return sorted[Math.max(0, (int) Math.ceil(percent * (long) sorted.length / 100.0) - 1)];
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("count", count);
    map.put("mean", Math.round(mean * 10) / 10.0);
    map.put("min", min);
    map.put("p25", p25);
    map.put("p50", p50);
    map.put("p75", p75);
    map.put("p90", p90);
    map.put("p95", p95);
    map.put("p99", p99);
    map.put("max", max);
    return map;
  }
}
