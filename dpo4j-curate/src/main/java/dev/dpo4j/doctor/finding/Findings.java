/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** Counts findings and keeps the first rows of each as examples. */
public final class Findings {
  private final int examples;
  private final Map<DataProblem, Tally> tallies = new EnumMap<>(DataProblem.class);

  private static final class Tally {
    private static final Comparator<Example> LAST_FIRST =
        Comparator.comparingLong(Example::row).reversed();

    private long count;
    private final PriorityQueue<Example> examples = new PriorityQueue<>(LAST_FIRST);
    private String note = "";
  }

  /** Keeps so many examples of each kind. */
  public Findings(int examples) {
    this.examples = examples;
  }

  /** Counts one row, with an example that is kept if few come before it. */
  public void add(DataProblem ailment, Example example) {
    Tally tally = tally(ailment);
    tally.count++;
    keep(tally, example);
  }

  private Tally tally(DataProblem ailment) {
    return tallies.computeIfAbsent(ailment, unused -> new Tally());
  }

  private void keep(Tally tally, Example example) {
    tally.examples.add(example);
    if (tally.examples.size() > examples) {
      tally.examples.remove();
    }
  }

  /** Makes an example where one is wanted, which may cost a look into a file. */
  @FunctionalInterface
  public interface Source {
    Example get() throws IOException;
  }

  /**
   * Counts rows that one of them stands for; its example is made only if it is kept.
   *
   * @param row place of the example's row
   */
  public void add(DataProblem ailment, long rows, long row, Source source) throws IOException {
    Tally tally = tally(ailment);
    tally.count += rows;
    Example last = tally.examples.peek();
    if (last == null || tally.examples.size() < examples || row < last.row()) {
      keep(tally, source.get());
    }
  }

  /** Counts rows without an example. */
  public void count(DataProblem ailment, long rows) {
    tally(ailment).count += rows;
  }

  public void note(DataProblem ailment, String note) {
    tally(ailment).note = note;
  }

  /** Forgets a kind that turned out to mean nothing in these data. */
  public void remove(DataProblem ailment) {
    tallies.remove(ailment);
  }

  /** Returns what was found in a number of rows. */
  public List<Finding> of(long rows) {
    List<Finding> found = new ArrayList<>();
    tallies.forEach(
        (ailment, tally) -> {
          List<Example> sorted =
              tally.examples.stream().sorted(Comparator.comparingLong(Example::row)).toList();
          found.add(new Finding(ailment, tally.count, rows, sorted, tally.note));
        });
    return found;
  }
}
