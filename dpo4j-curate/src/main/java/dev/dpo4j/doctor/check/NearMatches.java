/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Findings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds rows that are nearly the same as an earlier row, or as a row of the evaluation data.
 *
 * <p>Rows whose sketches agree in a band are candidates; of the rows in one band each is compared
 * with the first and with the one before it. With 21 bands of 6 places, two texts of similarity s
 * meet with the chance 1 - (1 - s^6)^21: 0.998 at s = 0.8, 0.92 at 0.7, 0.28 at 0.5. A candidate
 * counts if the estimated similarities of the whole and of the answers alone both reach the
 * threshold: rows that share a long instruction and differ in their answers do not.
 */
public final class NearMatches implements Closeable {
  private static final long NONE = -1;

  private final RowStore rows;
  private final double threshold;
  private final SpillSorter bands;
  private final SpillSorter candidates;

  private long key;
  private boolean any;
  private long firstTrain;
  private long lastTrain;
  private long firstEval;
  private long lastEval;

  private long current = NONE;
  private RowStore.@Nullable Entry currentEntry;
  private boolean near;
  private boolean leaked;

  public NearMatches(RowStore rows, Path folder, double threshold, int bufferLongs)
      throws IOException {
    this.rows = rows;
    this.threshold = threshold;
    this.bands = new SpillSorter(folder.resolve("bands"), 2, 1, bufferLongs);
    this.candidates = new SpillSorter(folder.resolve("candidates"), 2, 2, bufferLongs);
  }

  public long bytesInMemory() {
    return bands.bytesInMemory() + candidates.bytesInMemory();
  }

  public void add(long row, long[] places) throws IOException {
    for (long band : MinHash.bands(places)) {
      bands.add(band, row);
    }
  }

  /** Finds everything but rows that repeat an earlier one, which are told already. */
  public void find(RepeatedRows repeats, Findings findings) throws IOException {
    RepeatedRows.Walk walk = repeats.walk();
    bands.forEach(record -> meet(record[0], record[1]));
    long[] previous = {NONE, NONE};
    candidates.forEach(
        record -> {
          if (record[0] != previous[0] || record[1] != previous[1]) {
            compare(record[0], record[1], walk, findings);
            previous[0] = record[0];
            previous[1] = record[1];
          }
        });
  }

  /** Rows come in their order, those of the evaluation data first. */
  private void meet(long band, long row) throws IOException {
    if (!any || band != key) {
      any = true;
      key = band;
      firstTrain = NONE;
      lastTrain = NONE;
      firstEval = NONE;
      lastEval = NONE;
    }
    if (rows.isEval(row)) {
      firstEval = firstEval == NONE ? row : firstEval;
      lastEval = row;
      return;
    }
    candidate(row, firstEval, NONE);
    candidate(row, lastEval, firstEval);
    candidate(row, firstTrain, NONE);
    candidate(row, lastTrain, firstTrain);
    firstTrain = firstTrain == NONE ? row : firstTrain;
    lastTrain = row;
  }

  private void candidate(long row, long other, long known) throws IOException {
    if (other != NONE && other != known) {
      candidates.add(row, other);
    }
  }

  private void compare(long row, long other, RepeatedRows.Walk walk, Findings findings)
      throws IOException {
    RowStore.Entry entry = currentEntry;
    if (entry == null || row != current) {
      current = row;
      entry = rows.read(row);
      currentEntry = entry;
      near = walk.reaches(row);
      leaked = false;
    }
    boolean eval = rows.isEval(other);
    if (eval ? leaked : near) {
      return;
    }
    RowStore.Entry found = rows.read(other);
    // Equal ones, and the same answers in the other order, are exact matches and told as such.
    if (found.prompt() == entry.prompt() && (eval || found.answers() == entry.answers())) {
      return;
    }
    double all = MinHash.similarity(entry.all(), found.all());
    double answers = MinHash.similarity(entry.answerSketch(), found.answerSketch());
    if (Math.min(all, answers) >= threshold) {
      near |= !eval;
      leaked |= eval;
      String word = String.format(Locale.ROOT, "is %.0f %% like", 100 * all);
      DataProblem ailment = eval ? DataProblem.LEAK_NEAR : DataProblem.NEAR_DUPLICATE;
      findings.add(ailment, 1, rows.place(row), () -> rows.example(row, word, other));
    }
  }

  @Override
  public void close() throws IOException {
    try (candidates) {
      bands.close();
    }
  }
}
