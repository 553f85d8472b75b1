/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Findings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds rows whose texts are equal: duplicates, contradictions, cycles, and rows of the evaluation
 * data among those of the training data.
 *
 * <p>Fingerprints are sorted, on disk where they are many, so that equal ones meet. Nothing is
 * missed; two different texts pass for equal with a chance of 3e-8 in a million rows.
 */
public final class ExactMatches implements Closeable {
  /** Verdicts on one prompt that are searched for cycles; a prompt with more is left out. */
  private static final int MAX_VERDICTS = 5000;

  /**
   * Spellings of one pair, different in blanks only, whose copies are found; copies of further ones
   * count as nearly the same.
   */
  private static final int MAX_VARIANTS = 1000;

  private static final int PROMPT = 0;
  private static final int ANSWERS = 1;
  private static final int EXACT = 2;
  private static final int CHOSEN = 3;
  private static final int REJECTED = 4;
  private static final int ROW = 5;
  private static final long NONE = -1;

  private final RowStore rows;
  private final SpillSorter sorter;
  private final SpillSorter unsorted;
  private final RepeatedRows repeats;
  private long prompts;

  // Of the prompt that is being read.
  private final List<long[]> verdicts = new ArrayList<>();
  private long promptRows;
  private long leakedPairs;
  private long promptEval;
  private long promptTrain;

  // Of the pair that is being read, in any order of its answers.
  private final Map<Long, Long> variants = new HashMap<>();
  private final long[] firstOf = new long[2];
  private long chosenOfFirst;
  private long pairRows;
  private long pairEval;

  public ExactMatches(RowStore rows, Path folder, int bufferLongs) throws IOException {
    this.rows = rows;
    this.sorter = new SpillSorter(folder.resolve("exact"), 6, 2, bufferLongs);
    this.unsorted = new SpillSorter(folder.resolve("unsorted"), 3, 1, bufferLongs);
    this.repeats = new RepeatedRows(folder);
  }

  public long bytesInMemory() {
    return sorter.bytesInMemory() + unsorted.bytesInMemory();
  }

  public void add(long row, Fingerprint print) throws IOException {
    sorter.add(
        print.prompt(), print.answers(), print.exact(), print.chosen(), print.rejected(), row);
  }

  /** Returns the number of different prompts of the training data, once {@link #find} is done. */
  public long prompts() {
    return prompts;
  }

  /** Returns the rows that repeat an earlier one, once {@link #find} is done. */
  public RepeatedRows repeats() {
    return repeats;
  }

  /** Finds everything. */
  public void find(Findings findings) throws IOException {
    long[] previous = new long[ROW + 1];
    boolean[] any = {false};
    sorter.forEach(
        record -> {
          boolean samePrompt = any[0] && previous[PROMPT] == record[PROMPT];
          boolean samePair = samePrompt && previous[ANSWERS] == record[ANSWERS];
          if (any[0] && !samePair) {
            endPair(findings);
          }
          if (any[0] && !samePrompt) {
            endPrompt(findings);
          }
          if (!samePrompt) {
            beginPrompt();
          }
          if (!samePair) {
            beginPair();
          }
          take(record, findings);
          System.arraycopy(record, 0, previous, 0, record.length);
          any[0] = true;
        });
    if (any[0]) {
      endPair(findings);
      endPrompt(findings);
    }
    unsorted.forEach(record -> repeats.add(record[0], record[1], record[2] == 1));
  }

  private void beginPrompt() {
    verdicts.clear();
    promptRows = 0;
    leakedPairs = 0;
    promptEval = NONE;
    promptTrain = NONE;
  }

  private void beginPair() {
    variants.clear();
    firstOf[0] = NONE;
    firstOf[1] = NONE;
    pairRows = 0;
    pairEval = NONE;
  }

  private void take(long[] record, Findings findings) throws IOException {
    long row = record[ROW];
    if (rows.isEval(row)) {
      pairEval = pairEval == NONE ? row : pairEval;
      promptEval = promptEval == NONE ? row : promptEval;
      return;
    }
    pairRows++;
    promptRows++;
    promptTrain = promptTrain == NONE ? row : Math.min(promptTrain, row);
    if (pairRows == 1) {
      chosenOfFirst = record[CHOSEN];
    }
    int order = record[CHOSEN] == chosenOfFirst ? 0 : 1;
    Long earlier = variants.get(record[EXACT]);
    if (earlier != null) {
      findings.add(
          DataProblem.DUPLICATE_PAIR,
          1,
          rows.place(row),
          () -> rows.example(row, "repeats", earlier));
      unsorted.add(row, earlier, 1);
      return;
    }
    if (variants.size() < MAX_VARIANTS) {
      variants.put(record[EXACT], row);
    }
    if (firstOf[order] == NONE) {
      firstOf[order] = row;
      if (record[CHOSEN] != record[REJECTED] && verdicts.size() <= MAX_VERDICTS) {
        verdicts.add(record.clone());
      }
    } else {
      long first = firstOf[order];
      findings.add(
          DataProblem.NEAR_DUPLICATE,
          1,
          rows.place(row),
          () -> rows.example(row, "differs in blanks only from", first));
      unsorted.add(row, first, 0);
    }
  }

  private void endPair(Findings findings) throws IOException {
    if (firstOf[0] != NONE && firstOf[1] != NONE) {
      long later = Math.max(firstOf[0], firstOf[1]);
      long earlier = Math.min(firstOf[0], firstOf[1]);
      findings.add(
          DataProblem.CONTRADICTION,
          pairRows,
          rows.place(later),
          () -> rows.example(later, "contradicts", earlier));
    }
    if (pairEval != NONE && pairRows > 0) {
      long train = Math.max(firstOf[0], firstOf[1]);
      findings.add(
          DataProblem.LEAK_PAIR,
          pairRows,
          rows.place(train),
          () -> rows.example(train, "is", pairEval));
      leakedPairs += pairRows;
    }
  }

  private void endPrompt(Findings findings) throws IOException {
    prompts += promptRows > 0 ? 1 : 0;
    long leaked = promptRows - leakedPairs;
    if (promptEval != NONE && leaked > 0) {
      findings.add(
          DataProblem.LEAK_PROMPT,
          leaked,
          rows.place(promptTrain),
          () -> rows.example(promptTrain, "has the prompt of", promptEval));
    }
    if (verdicts.size() > 2 && verdicts.size() <= MAX_VERDICTS) {
      cycles(findings);
    }
  }

  /**
   * Takes away what nothing is better than, and what nothing is worse than, until nothing changes.
   */
  private void cycles(Findings findings) throws IOException {
    Map<Long, Set<Long>> below = new HashMap<>();
    for (long[] verdict : verdicts) {
      below.computeIfAbsent(verdict[CHOSEN], unused -> new HashSet<>()).add(verdict[REJECTED]);
    }
    List<long[]> left = new ArrayList<>(verdicts);
    // A pair in both orders is a contradiction and is told as such.
    left.removeIf(v -> below.getOrDefault(v[REJECTED], Set.of()).contains(v[CHOSEN]));
    int size;
    do {
      size = left.size();
      Set<Long> winners = new HashSet<>();
      Set<Long> losers = new HashSet<>();
      left.forEach(v -> winners.add(v[CHOSEN]));
      left.forEach(v -> losers.add(v[REJECTED]));
      left.removeIf(v -> !losers.contains(v[CHOSEN]) || !winners.contains(v[REJECTED]));
    } while (left.size() < size);
    if (!left.isEmpty()) {
      long last = left.stream().mapToLong(v -> v[ROW]).max().orElseThrow();
      long first = left.stream().mapToLong(v -> v[ROW]).min().orElseThrow();
      findings.add(
          DataProblem.PREFERENCE_CYCLE,
          left.size(),
          rows.place(last),
          () -> rows.example(last, "is in a cycle with", first));
    }
  }

  @Override
  public void close() throws IOException {
    try (repeats;
        unsorted) {
      sorter.close();
    }
  }
}
