/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.batch;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;

/** Sorting by a computed key. */
final class SortedOrder {
  private SortedOrder() {}

  /** The indices 0 .. n-1 by ascending key; equal keys keep their order. */
  static Integer[] ascending(int n, IntToDoubleFunction key) {
    Integer[] indices = new Integer[n];
    Arrays.setAll(indices, i -> i);
    // Adding zero makes -0.0 equal to 0.0, as a tensor's sort has it.
    Arrays.sort(indices, Comparator.comparingDouble(i -> key.applyAsDouble(i) + 0.0));
    return indices;
  }
}
