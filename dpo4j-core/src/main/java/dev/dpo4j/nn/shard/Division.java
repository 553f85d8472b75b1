/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn.shard;

import dev.dpo4j.dist.Stretches;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/**
 * How a flat array of weights is divided among processes: it is cut into units, such as the
 * matrices of one layer, and each process owns an even part of every unit.
 *
 * <p>What a process owns lies in an array of its own, in the order of the units. So all of them
 * send equally much while a unit is put together.
 */
public final class Division {
  private final List<Unit> units = new ArrayList<>();
  private final long[] counts;

  /**
   * Where a unit ends in the flat array; it begins where the one before ends.
   *
   * @param end the first number behind it
   * @param step a border between processes is a multiple of this from its beginning on
   */
  public record Cut(long end, long step) {}

  /**
   * A stretch of the flat array that is put together as a whole.
   *
   * @param from where it begins
   * @param slices who owns what of it, counted from its beginning
   * @param begins where each process keeps its part
   */
  @SuppressWarnings("ArrayRecordComponent") // read inside this package alone
  record Unit(long from, Stretches slices, long[] begins) {
    long to() {
      return from + slices.to(slices.size() - 1);
    }
  }

  /**
   * Numbers that lie together both in the flat array and in the array of a process.
   *
   * @param rank the process
   * @param from where they begin in its array
   * @param count how many they are
   */
  public record Piece(int rank, long from, long count) {}

  /**
   * Divides an array.
   *
   * @param cuts the ends of the units, ascending
   * @param processes how many there are
   */
  public Division(List<Cut> cuts, int processes) {
    counts = new long[processes];
    long from = 0;
    for (Cut cut : cuts) {
      Stretches slices = Stretches.even(cut.end() - from, processes, cut.step());
      units.add(new Unit(from, slices, counts.clone()));
      for (int rank = 0; rank < processes; rank++) {
        counts[rank] += slices.count(rank);
      }
      from = cut.end();
    }
  }

  Unit unit(int index) {
    return units.get(index);
  }

  /** The number of units. */
  public int units() {
    return units.size();
  }

  /** Numbers that a process owns. */
  public long count(int rank) {
    return counts[rank];
  }

  /** The most numbers that any process owns. */
  public long longest() {
    long longest = 0;
    for (long count : counts) {
      longest = Math.max(longest, count);
    }
    return longest;
  }

  /** Who owns a stretch of the flat array, in its order. */
  public List<Piece> pieces(long from, long count) {
    List<Piece> pieces = new ArrayList<>();
    for (Unit unit : units) {
      for (int rank = 0; rank < counts.length; rank++) {
        long begin = unit.from() + unit.slices().from(rank);
        long end = unit.from() + unit.slices().to(rank);
        long first = Math.max(begin, from);
        long last = Math.min(end, from + count);
        if (first < last) {
          pieces.add(new Piece(rank, unit.begins()[rank] + first - begin, last - first));
        }
      }
    }
    return pieces;
  }

  /** Takes memory for what a process owns, by the names of the parameters. */
  ParameterStore allocate(ParameterStore layout, int rank) {
    ParameterStore.Layout own = new ParameterStore.Layout();
    for (Parameter parameter : layout.parameters()) {
      long count =
          pieces(parameter.offset(), parameter.count()).stream()
              .filter(piece -> piece.rank() == rank)
              .mapToLong(Piece::count)
              .sum();
      if (count > 0 && parameter.decayed()) {
        own.weight(parameter.name(), count);
      } else if (count > 0) {
        own.undecayed(parameter.name(), count);
      }
    }
    return own.allocate();
  }
}
