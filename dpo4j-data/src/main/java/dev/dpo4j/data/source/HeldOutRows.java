/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows in another order or a part of them, chosen by their number.
 *
 * <p>The rows are held in memory while they are read, since they do not come in their order.
 */
final class HeldOutRows implements RowSource {
  private final RowSource rows;
  private final Function<Integer, int[]> order;

  private HeldOutRows(RowSource rows, Function<Integer, int[]> order) {
    this.rows = rows;
    this.order = order;
  }

  /** The rows that are left to train on, as {@code train_test_split} of datasets gives them. */
  static RowSource train(RowSource rows, double testSize, long seed) {
    return new HeldOutRows(
        rows,
        total -> {
          int test = testRows(rows, total, testSize);
          int[] all = new NumpyGenerator(seed).permutation(total);
          return Arrays.copyOfRange(all, test, total);
        });
  }

  /** The rows that are held out. */
  static RowSource test(RowSource rows, double testSize, long seed) {
    return new HeldOutRows(
        rows,
        total -> {
          int test = testRows(rows, total, testSize);
          int[] all = new NumpyGenerator(seed).permutation(total);
          return Arrays.copyOf(all, test);
        });
  }

  /** A share of the rows in a random order. */
  static RowSource shuffled(RowSource rows, double share, long seed) {
    return new HeldOutRows(
        rows,
        total -> {
          int[] all = new NumpyGenerator(seed).permutation(total);
          return Arrays.copyOf(all, (int) (total * share));
        });
  }

  /** A number of rows in a random order; more than there are come again. */
  static RowSource drawn(RowSource rows, int count, long seed) {
    return new HeldOutRows(
        rows,
        total -> {
          NumpyGenerator generator = new NumpyGenerator(seed);
          int[] drawn = new int[count];
          for (int i = 0; i < count; ) {
            for (int place : generator.permutation(total)) {
              if (i < count) {
                drawn[i++] = place;
              }
            }
          }
          return drawn;
        });
  }

  /** A share of the first rows. */
  static RowSource first(RowSource rows, double share) {
    return new HeldOutRows(rows, total -> IntStream.range(0, (int) (total * share)).toArray());
  }

  private static int testRows(RowSource rows, int total, double testSize) {
    int test = testSize < 1 ? (int) Math.ceil(testSize * total) : (int) testSize;
    if (test >= total || test == 0) {
      throw new DataException(
          "test_split_size %s of %s, which has %d rows, leaves none to %s: make it %s"
              .formatted(
                  testSize,
                  rows.name(),
                  total,
                  test == 0 ? "evaluate on" : "train on",
                  test == 0 ? "larger" : "smaller"));
    }
    return test;
  }

  @Override
  public String name() {
    return rows.name();
  }

  @Override
  public RowCursor open(Faults faults) {
    List<Row> all = new ArrayList<>();
    rows.read(all::add, faults);
    List<Row> chosen = new ArrayList<>();
    if (!all.isEmpty()) {
      for (int place : order.apply(all.size())) {
        chosen.add(all.get(place).withIndex(chosen.size()));
      }
    }
    Iterator<Row> iterator = chosen.iterator();
    return new RowCursor() {
      @Override
      public @Nullable Row next() {
        return iterator.hasNext() && !faults.isFull() ? iterator.next() : null;
      }

      @Override
      public void close() {
        chosen.clear();
      }
    };
  }
}
