/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.doctor.check.LookedRow;
import dev.dpo4j.doctor.check.RowChart;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Hands over rows in their order, each looked at by itself. */
@FunctionalInterface
interface RowReader {
  /** Rows looked at together by all threads. */
  int BLOCK = 128;

  /** Takes a row on one thread. */
  @FunctionalInterface
  interface Taker {
    void take(LookedRow row) throws IOException;
  }

  /**
   * Hands over all rows.
   *
   * @throws DataException if rows are at fault, after the good rows were handed over
   */
  void read(Taker taker);

  /** The rows of data, looked at here. */
  static RowReader of(
      PreferenceRows data, @Nullable TokenCheck check, @Nullable ReferenceScorer scorer) {
    return taker -> forEach(data, check, scorer, taker);
  }

  private static void forEach(
      PreferenceRows data,
      @Nullable TokenCheck check,
      @Nullable ReferenceScorer scorer,
      Taker taker) {
    List<Supplier<RowChart>> block = new ArrayList<>(BLOCK);
    Runnable flush =
        () -> {
          List<RowChart> charts = block.parallelStream().map(Supplier::get).toList();
          block.clear();
          for (RowChart chart : charts) {
            try {
              taker.take(LookedRow.of(chart, scorer));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    Consumer<Supplier<RowChart>> add =
        chart -> {
          block.add(chart);
          if (block.size() == BLOCK) {
            flush.run();
          }
        };
    try {
      data.forEach(
          pair -> add.accept(() -> RowChart.of(pair, check)),
          info -> add.accept(() -> RowChart.leftOut(info)));
    } catch (DataException e) {
      // The rows at fault are told at the end, after the good ones.
      flush.run();
      throw e;
    }
    flush.run();
  }
}
