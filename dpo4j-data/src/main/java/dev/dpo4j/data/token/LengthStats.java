/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;

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
  /** Describes lengths of which it is known how often each is there. */
  static LengthStats of(SortedMap<Integer, Integer> counts) {
    if (counts.isEmpty()) {
      return new LengthStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
    int count = 0;
    double sum = 0;
    for (Map.Entry<Integer, Integer> length : counts.entrySet()) {
      count += length.getValue();
      sum += (double) length.getKey() * length.getValue();
    }
    return new LengthStats(
        count,
        sum / count,
        counts.firstKey(),
        at(counts, count, 25),
        at(counts, count, 50),
        at(counts, count, 75),
        at(counts, count, 90),
        at(counts, count, 95),
        at(counts, count, 99),
        counts.lastKey());
  }

  /** The nearest-rank percentile: the smallest value that at least p percent do not exceed. */
  private static int at(SortedMap<Integer, Integer> counts, int count, int percent) {
    long rank = Math.max(1, (long) Math.ceil(percent * (long) count / 100.0));
    long seen = 0;
    for (Map.Entry<Integer, Integer> length : counts.entrySet()) {
      seen += length.getValue();
      if (seen >= rank) {
        return length.getKey();
      }
    }
    return counts.lastKey();
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
