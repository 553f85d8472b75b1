/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.Arrays;

/** The entries that read a chunk of scored rows, in the order of their labels. */
final class LabelsByTile {
  private final int[] label;
  private final int[] entry;
  private final int[] row;

  private LabelsByTile(int count) {
    label = new int[count];
    entry = new int[count];
    row = new int[count];
  }

  /** Sorts the entries of the scored rows {@code from} to {@code from + rows}. */
  static LabelsByTile of(FlatBatch batch, int from, int rows) {
    int[] entryRow = batch.entryRow();
    int[] entryLabel = batch.entryLabel();
    long[] keys = new long[entryRow.length];
    int count = 0;
    for (int e = 0; e < entryRow.length; e++) {
      if (entryRow[e] >= from && entryRow[e] < from + rows) {
        keys[count++] = (long) entryLabel[e] << Integer.SIZE | e;
      }
    }
    Arrays.sort(keys, 0, count);
    groupRows(keys, count, entryRow);
    LabelsByTile sorted = new LabelsByTile(count);
    for (int i = 0; i < count; i++) {
      int e = (int) keys[i];
      sorted.entry[i] = e;
      sorted.label[i] = entryLabel[e];
      sorted.row[i] = entryRow[e] - from;
    }
    return sorted;
  }

  /** Makes entries of one label and one row neighbours, in their order. */
  private static void groupRows(long[] keys, int count, int[] entryRow) {
    for (int i = 1; i < count; i++) {
      long key = keys[i];
      int at = i;
      while (at > 0
          && keys[at - 1] >>> Integer.SIZE == key >>> Integer.SIZE
          && entryRow[(int) keys[at - 1]] > entryRow[(int) key]) {
        keys[at] = keys[at - 1];
        at--;
      }
      keys[at] = key;
    }
  }

  int count() {
    return label.length;
  }

  /** The token that the i-th entry scores. */
  int label(int i) {
    return label[i];
  }

  /** The number of the i-th entry in the batch. */
  int entry(int i) {
    return entry[i];
  }

  /** The row of the chunk that the i-th entry reads. */
  int row(int i) {
    return row[i];
  }

  /** The first i whose label is {@code token} or a later one. */
  int firstFrom(int token) {
    int low = 0;
    int high = label.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (label[middle] < token) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
