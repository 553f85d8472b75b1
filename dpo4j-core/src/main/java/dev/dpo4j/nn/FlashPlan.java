/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.AttentionSpans;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which rows see which rows, as spans for attention kernels that know sequences by their lengths.
 *
 * <p>A prefix and its first branch are one span. Each further branch is a span of queries whose
 * keys are the prefix and the branch: the prefix's keys are repeated for it, since a span's keys
 * must be neighbours. Where no tree has a second branch, the keys are the rows as they lie.
 */
public final class FlashPlan implements AutoCloseable {
  private final List<Tensor> owned = new ArrayList<>();
  private final Tensor queryStarts;
  private final Tensor keyStarts;
  private final int longestQueries;
  private final int longestKeys;
  private final int keys;
  private final @Nullable Tensor keyRows;
  private final @Nullable Tensor first;
  private final @Nullable Tensor second;
  private final @Nullable Tensor order;
  private final @Nullable Tensor starts;
  private final @Nullable Tensor target;

  /** Plans the attention of a batch; what it makes belongs to the plan. */
  FlashPlan(FlatBatch batch) {
    Spans spans = new Spans();
    for (FlatBatch.Group tree : batch.groups()) {
      spans.add(tree);
    }
    queryStarts = own(Tensor.ofInt32(spans.starts(spans.queries), spans.queries.size() + 1));
    keyStarts = own(Tensor.ofInt32(spans.starts(spans.keys), spans.keys.size() + 1));
    longestQueries = spans.queries.stream().mapToInt(Integer::intValue).max().orElse(0);
    longestKeys = spans.keys.stream().mapToInt(Integer::intValue).max().orElse(0);
    keys = spans.rows.size();
    if (!spans.repeats) {
      keyRows = null;
      first = null;
      second = null;
      order = null;
      starts = null;
      target = null;
      return;
    }
    int[] rows = spans.rows.stream().mapToInt(Integer::intValue).toArray();
    keyRows = own(Tensor.ofInts(rows, rows.length));
    int[][] places = places(rows, batch.rows());
    boolean twice = Arrays.stream(places).allMatch(each -> each.length <= 2);
    first = twice ? own(place(places, 0)) : null;
    second = twice ? own(place(places, 1)) : null;
    int[] flat = Arrays.stream(places).flatMapToInt(Arrays::stream).toArray();
    int[] begins = new int[places.length + 1];
    int[] each = new int[places.length];
    for (int row = 0; row < places.length; row++) {
      begins[row + 1] = begins[row] + places[row].length;
      each[row] = row;
    }
    order = twice ? null : own(Tensor.ofInt32(flat, flat.length));
    starts = twice ? null : own(Tensor.ofInt32(begins, begins.length));
    target = twice ? null : own(Tensor.ofInt32(each, each.length));
  }

  private Tensor own(Tensor tensor) {
    owned.add(tensor);
    return tensor;
  }

  /** For each row, where it stands among the keys. */
  private static int[][] places(int[] rows, int count) {
    int[] times = new int[count];
    for (int row : rows) {
      times[row]++;
    }
    int[][] places = new int[count][];
    Arrays.setAll(places, row -> new int[times[row]]);
    Arrays.fill(times, 0);
    for (int key = 0; key < rows.length; key++) {
      places[rows[key]][times[rows[key]]++] = key;
    }
    return places;
  }

  private static Tensor place(int[][] places, int which) {
    int[] at = new int[places.length];
    Arrays.setAll(at, row -> places[row].length > which ? places[row][which] : -1);
    return Tensor.ofInt32(at, at.length);
  }

  /** The spans for an attention that multiplies products by {@code scale}. */
  public AttentionSpans spans(double scale, int window) {
    return new AttentionSpans(queryStarts, keyStarts, longestQueries, longestKeys, scale, window);
  }

  /** Rows of the keys, repeated ones counted. */
  public int keys() {
    return keys;
  }

  /** The row of each key, int64; null where the keys are the rows as they lie. */
  public @Nullable Tensor keyRows() {
    return keyRows;
  }

  /** Where a row stands first among the keys, int32; null where one stands more than twice. */
  @Nullable Tensor first() {
    return first;
  }

  /** Where a row stands a second time among the keys, or -1. */
  @Nullable Tensor second() {
    return second;
  }

  /** The keys in the order of their rows, int32; null where {@link #first} serves. */
  @Nullable Tensor order() {
    return order;
  }

  /** Where each row begins in {@link #order}. */
  @Nullable Tensor starts() {
    return starts;
  }

  /** The rows of {@link #starts}. */
  @Nullable Tensor target() {
    return target;
  }

  private static final class Spans {
    final List<Integer> queries = new ArrayList<>();
    final List<Integer> keys = new ArrayList<>();
    final List<Integer> rows = new ArrayList<>();
    boolean repeats;

    void add(FlatBatch.Group tree) {
      int row = tree.start();
      int prefix = tree.prefix();
      int firstBranch = tree.branches().isEmpty() ? 0 : tree.branches().get(0);
      span(prefix + firstBranch, prefix + firstBranch);
      addRows(row, prefix + firstBranch);
      row += prefix + firstBranch;
      for (int branch = 1; branch < tree.branches().size(); branch++) {
        int length = tree.branches().get(branch);
        if (length > 0) {
          span(length, prefix + length);
          addRows(tree.start(), prefix);
          addRows(row, length);
          repeats |= prefix > 0;
          row += length;
        }
      }
    }

    private void span(int queryRows, int keyCount) {
      if (queryRows > 0) {
        queries.add(queryRows);
        keys.add(keyCount);
      }
    }

    private void addRows(int from, int count) {
      for (int i = 0; i < count; i++) {
        rows.add(from + i);
      }
    }

    int[] starts(List<Integer> lengths) {
      int[] starts = new int[lengths.size() + 1];
      for (int i = 0; i < lengths.size(); i++) {
        starts[i + 1] = starts[i] + lengths.get(i);
      }
      return starts;
    }
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
  }
}
