/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import org.jspecify.annotations.Nullable;

/**
 * How a run uses the cluster.
 *
 * @param ranks processes that train together, one in each executor; 0 for as many as there are
 *     executors
 * @param orderBy the column that the rows are ordered by, or null for the order of partitions and
 *     of the rows in each
 */
public record SparkOptions(int ranks, @Nullable String orderBy) {
  /** One rank in each executor, and the rows in the order of their partitions. */
  public static final SparkOptions DEFAULT = new SparkOptions(0, null);

  /** Checks the number of ranks. */
  public SparkOptions {
    if (ranks < 0) {
      throw new IllegalArgumentException("the number of ranks must not be negative: " + ranks);
    }
  }

  /** Returns the same with another number of ranks. */
  public SparkOptions withRanks(int newRanks) {
    return new SparkOptions(newRanks, orderBy);
  }

  /** Returns the same with the rows in the order of a column. */
  public SparkOptions withOrderBy(String column) {
    return new SparkOptions(ranks, column);
  }
}
