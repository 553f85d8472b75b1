/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Several data sets as one, in the order that {@code interleave_datasets} and {@code
 * concatenate_datasets} of the Python library datasets give for the same seed.
 *
 * <p>Rows are numbered anew, in the order of the mixture.
 *
 * @param sources the data sets, at least one
 * @param probabilities for each the chance to give the next row, or none to take them in turn
 */
record Mixture(List<RowSource> sources, MixStrategy strategy, List<Double> probabilities, long seed)
    implements RowSource {
  @Override
  public String name() {
    return sources.stream().map(RowSource::name).collect(Collectors.joining(" + "));
  }

  @Override
  public RowCursor open(Faults faults) {
    return strategy == MixStrategy.CONCAT
        ? new Concatenated(sources, faults)
        : new Interleaved(this, faults);
  }

  /** One after the other. */
  private static final class Concatenated implements RowCursor {
    private final List<RowSource> sources;
    private final Faults faults;
    private int source;
    private int index;
    private @Nullable RowCursor current;

    Concatenated(List<RowSource> sources, Faults faults) {
      this.sources = sources;
      this.faults = faults;
    }

    @Override
    public @Nullable Row next() {
      while (!faults.isFull()) {
        RowCursor open = current;
        if (open == null) {
          if (source == sources.size()) {
            return null;
          }
          open = sources.get(source++).open(faults);
          current = open;
        }
        Row row = open.next();
        if (row != null) {
          return row.withIndex(index++);
        }
        close();
      }
      return null;
    }

    @Override
    public void close() {
      if (current != null) {
        current.close();
        current = null;
      }
    }
  }

  /** Row by row; of each data set one row is held, to know when it is the last. */
  private static final class Interleaved implements RowCursor {
    private final Mixture mixture;
    private final Faults faults;
    private final List<RowCursor> cursors = new ArrayList<>();
    private final List<@Nullable Row> ahead = new ArrayList<>();
    private final boolean[] exhausted;
    private final @Nullable WeightedChoice choice;
    private int turn;
    private int index;

    Interleaved(Mixture mixture, Faults faults) {
      this.mixture = mixture;
      this.faults = faults;
      this.exhausted = new boolean[mixture.sources.size()];
      this.choice =
          mixture.probabilities.isEmpty()
              ? null
              : new WeightedChoice(mixture.probabilities, mixture.seed);
      for (RowSource source : mixture.sources) {
        RowCursor cursor = source.open(faults);
        cursors.add(cursor);
        Row first = cursor.next();
        if (first == null && !faults.isFull()) {
          close();
          throw new DataException(
              "%s has no rows, so that nothing can be interleaved with it"
                  .formatted(source.name()));
        }
        ahead.add(first);
      }
    }

    @Override
    public @Nullable Row next() {
      if (faults.isFull() || isOver()) {
        return null;
      }
      int source = choice == null ? turn++ % cursors.size() : choice.next();
      Row row = ahead.get(source);
      if (row == null) {
        return null;
      }
      Row following = cursors.get(source).next();
      if (following == null) {
        exhausted[source] = true;
        cursors.get(source).close();
        // What was at fault is known since the first time.
        RowCursor again = mixture.sources.get(source).open(new Faults());
        cursors.set(source, again);
        following = again.next();
      }
      ahead.set(source, following);
      return row.withIndex(index++);
    }

    /** Taken in turn, all give as many rows: a round is never left before its end. */
    private boolean isOver() {
      if (choice == null && turn % cursors.size() != 0) {
        return false;
      }
      boolean all = true;
      boolean any = false;
      for (boolean one : exhausted) {
        all &= one;
        any |= one;
      }
      return mixture.strategy == MixStrategy.INTERLEAVE_OVER ? all : any;
    }

    @Override
    public void close() {
      cursors.forEach(RowCursor::close);
    }
  }
}
