/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;

/** The entries that read a chunk of scored rows, in the order of their labels. */
final class SortedLabels {
  private final int[] label;
  private final int[] entry;
  private final int[] row;

  private SortedLabels(int count) {
    label = new int[count];
    entry = new int[count];
    row = new int[count];
  }

  /** Sorts the entries of the scored rows {@code from} to {@code from + rows}. */
  static SortedLabels of(FlatBatch batch, int from, int rows) {
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
    SortedLabels sorted = new SortedLabels(count);
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

  /** The weights of each row's entries, summed. */
  double[] rowWeights(float[] entryWeight, int rows) {
    double[] weights = new double[rows];
    for (int i = 0; i < count(); i++) {
      weights[row[i]] += entryWeight[entry[i]];
    }
    return weights;
  }

  /** The weights of the entries from the i-th to before the end-th, {@code [end - i]}. */
  Tensor weights(float[] entryWeight, int i, int end) {
    float[] weights = new float[end - i];
    for (int k = 0; k < weights.length; k++) {
      weights[k] = entryWeight[entry[i + k]];
    }
    return Tensor.ofFloats(weights, weights.length);
  }

  /**
   * Where the labels of the entries from the i-th to before the end-th stand in a matrix of rows.
   *
   * @param token the token of its first column
   * @param width its columns
   */
  Tensor flatIndex(int i, int end, int token, int width) {
    int[] index = new int[end - i];
    for (int k = 0; k < index.length; k++) {
      index[k] = Math.addExact(Math.multiplyExact(row[i + k], width), label[i + k] - token);
    }
    return Tensor.ofInts(index, index.length);
  }
}
