/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.DataFault;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.doctor.check.LookedRow;
import dev.dpo4j.doctor.check.SpillSorter;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.LearntEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Examines preference data whose rows are looked at in other processes, as {@link DataDoctor}
 * examines those of a file.
 *
 * <p>{@link #look} does what concerns a row alone, such as tokenising and scoring. This class then
 * compares the rows with each other, in an amount of memory that does not grow with their number.
 */
public final class DoctorParts {
  private final String name;
  private final double near;
  private final int examples;

  /**
   * Examines data.
   *
   * @param name the data as the user knows them
   * @param near similarity from which two pairs are nearly the same
   * @param examples examples of each finding
   */
  public DoctorParts(String name, double near, int examples) {
    this.name = name;
    this.near = near;
    this.examples = examples;
  }

  /**
   * A row that was looked at, or why it cannot be read.
   *
   * @param line where it stands among the rows it was read with, counted from 1
   * @param looked what was seen; empty where there is a fault
   * @param fault why it cannot be read; empty if it can
   */
  @SuppressWarnings("ArrayRecordComponent") // made once, sent, thrown away
  public record Part(long line, byte[] looked, String fault) {}

  /**
   * Data that were looked at.
   *
   * @param name the data as the user knows them
   * @param rows all of them in their order, with lines that count through
   */
  public record Looked(String name, Iterator<Part> rows) {}

  /**
   * Looks at rows, each by itself.
   *
   * @param check tokenises them, or null
   * @param scorer scores them, or null; needs {@code check}
   */
  public static List<Part> look(
      PreferenceRows rows, @Nullable TokenCheck check, @Nullable ReferenceScorer scorer) {
    List<Part> parts = new ArrayList<>();
    try {
      RowReader.of(rows, check, scorer)
          .read(row -> parts.add(new Part(row.chart().origin().line(), row.toBytes(), "")));
    } catch (DataException e) {
      if (e.faults().isEmpty()) {
        throw e;
      }
      for (DataFault fault : e.faults()) {
        parts.add(new Part(fault.origin().line(), new byte[0], fault.message()));
      }
      parts.sort(Comparator.comparingLong(Part::line));
    }
    return parts;
  }

  /**
   * Compares the rows and says what was found.
   *
   * @param data the training data
   * @param held the evaluation data, or null
   * @param tokenizer the tokenizer that the rows were looked at with, or null
   * @throws DataException if the evaluation data have rows at fault
   * @throws UncheckedIOException if a temporary file cannot be written
   */
  public DoctorReport examine(
      Iterator<Part> data, @Nullable Looked held, @Nullable HfTokenizer tokenizer) {
    Examination.Settings settings = new Examination.Settings(near, examples, SpillSorter.BUFFER);
    try {
      Path folder = Files.createTempDirectory("dpo4j-doctor");
      try (Examination examination = new Examination(folder, settings, rows -> {})) {
        if (held != null) {
          examination.readEvaluation(reader(held.name(), held.rows()));
        }
        LearntEnd end = tokenizer == null ? null : new LearntEnd(tokenizer);
        examination.read(reader(name, data), end);
        return examination.report(name, held == null ? "" : held.name(), tokenizer != null);
      } finally {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RowReader reader(String name, Iterator<Part> parts) {
    return taker -> {
      Faults faults = new Faults();
      while (parts.hasNext() && !faults.isFull()) {
        Part part = parts.next();
        if (!part.fault().isEmpty()) {
          faults.add(new Origin(name, part.line()), part.fault());
          continue;
        }
        try {
          taker.take(LookedRow.ofBytes(part.looked(), new Origin(name, part.line())));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      faults.throwIfAny();
    };
  }
}
