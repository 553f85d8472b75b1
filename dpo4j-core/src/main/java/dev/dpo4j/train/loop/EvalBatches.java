/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The batches of an evaluation: all rows in order, the last batch perhaps a short one. */
public final class EvalBatches {
  private EvalBatches() {}

  /** The rows of each batch. */
  public static List<int[]> of(int rows, int size) {
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < rows; from += Math.min(size, rows - from)) {
      batches.add(IntStream.range(from, from + Math.min(size, rows - from)).toArray());
    }
    return batches;
  }

  /** How many batches there are. */
  public static int count(int rows, int size) {
    return (int) (((long) rows + size - 1) / size);
  }
}
