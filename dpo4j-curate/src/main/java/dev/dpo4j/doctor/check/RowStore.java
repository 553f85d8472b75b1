/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.data.row.Origin;
import dev.dpo4j.doctor.finding.Example;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers of each row, in a temporary file, where it stands and what is needed to compare it.
 *
 * <p>Rows have numbers: first those of the evaluation data, then those of the training data.
 */
public final class RowStore implements Closeable {
  private static final int BYTES = 3 * Long.BYTES + 2 * MinHash.SIZE;

  private final RecordFile file;
  private final List<String> names = new ArrayList<>();
  private final Map<String, Integer> numberOf = new HashMap<>();
  private long evalRows;

  /**
   * What is remembered of a row.
   *
   * @param origin file and line
   * @param prompt fingerprint of its prompt
   * @param answers fingerprint of its answers, in any order
   * @param all sketch of prompt and answers
   * @param answerSketch sketch of the answers
   */
  @SuppressWarnings("ArrayRecordComponent") // read from the file, looked at, thrown away
  public record Entry(Origin origin, long prompt, long answers, byte[] all, byte[] answerSketch) {}

  public RowStore(Path folder) throws IOException {
    this.file = new RecordFile(folder.resolve("rows"), BYTES);
  }

  /** Adds a row and returns its number. */
  public long add(RowChart chart, boolean eval) throws IOException {
    Fingerprint fingerprint = chart.fingerprint();
    long[] places = chart.places();
    ByteBuffer record = file.record();
    record.putInt(nameOf(chart.origin()));
    record.putInt((int) Math.min(Integer.MAX_VALUE, chart.origin().line()));
    record.putLong(fingerprint.prompt()).putLong(fingerprint.answers());
    record.put(places == null ? new byte[MinHash.SIZE] : MinHash.bytes(places));
    record.put(chart.answerBytes());
    file.append(record);
    evalRows += eval ? 1 : 0;
    return file.count() - 1;
  }

  private int nameOf(Origin origin) {
    return numberOf.computeIfAbsent(
        origin.file(),
        name -> {
          names.add(name);
          return names.size() - 1;
        });
  }

  /** Returns whether a row is of the evaluation data. */
  boolean isEval(long row) {
    return row < evalRows;
  }

  /** Returns the place of a row within its own data set. */
  public long place(long row) {
    return isEval(row) ? row : row - evalRows;
  }

  /** Returns the number of a row of the training data. */
  public long number(long place) {
    return place + evalRows;
  }

  public Entry read(long row) throws IOException {
    ByteBuffer record = file.read(row);
    Origin origin = new Origin(names.get(record.getInt()), record.getInt());
    long prompt = record.getLong();
    long answers = record.getLong();
    byte[] all = new byte[MinHash.SIZE];
    byte[] answerSketch = new byte[MinHash.SIZE];
    record.get(all).get(answerSketch);
    return new Entry(origin, prompt, answers, all, answerSketch);
  }

  /** Makes an example of a row and another one beside it. */
  Example example(long row, String word, long other) throws IOException {
    return Example.of(
        read(row).origin(), place(row), word + " " + Example.place(read(other).origin()));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
