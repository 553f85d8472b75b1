/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.TokenCheck;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.doctor.check.SpillSorter;
import dev.dpo4j.doctor.finding.ReferenceScorer;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.doctor.report.DoctorReport;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.LearntEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Examines preference data before training.
 *
 * <pre>{@code
 * DoctorReport report = DataDoctor.of(PreferenceRows.read(file)).evaluation(held).examine();
 * }</pre>
 *
 * <p>The data are read once (twice where they are repaired) and never held in memory: what has to
 * be compared across rows goes to temporary files of about 0.8 kB a row, which are removed at the
 * end. The memory does not grow with the number of rows.
 */
public final class DataDoctor {
  /** Similarity from which two pairs count as nearly the same. */
  public static final double NEAR = 0.8;

  /** Returns the name of the list of changes that stands beside a repaired copy. */
  public static Path changes(Path copy) {
    return RepairWriter.changes(copy);
  }

  /** Examples of each finding. */
  public static final int EXAMPLES = 5;

  private final PreferenceRows data;
  private @Nullable PreferenceRows evaluation;
  private @Nullable TokenCheck check;
  private @Nullable ReferenceScorer scorer;
  private @Nullable Path repaired;
  private boolean swapFlipped;
  private double near = NEAR;
  private int examples = EXAMPLES;
  private int bufferLongs = SpillSorter.BUFFER;
  private LongConsumer progress = rows -> {};

  private DataDoctor(PreferenceRows data) {
    this.data = data;
  }

  /** Begins with the training data. */
  public static DataDoctor of(PreferenceRows data) {
    return new DataDoctor(data);
  }

  /** Looks for rows of these data in the training data, too. */
  public DataDoctor evaluation(PreferenceRows held) {
    this.evaluation = held;
    return this;
  }

  /** Tokenises the rows as a run would, and measures lengths in tokens. */
  public DataDoctor tokenizer(ChatTokenizer tokenizer, TokenizeOptions options) {
    this.check = new TokenCheck(tokenizer, options);
    return this;
  }

  /** Scores all answers with a reference; needs {@link #tokenizer}. */
  public DataDoctor scorer(ReferenceScorer reference) {
    this.scorer = reference;
    return this;
  }

  /**
   * Writes a copy without empty answers, without equal answers and without exact duplicates, and
   * beside it a list of all changes.
   *
   * @param out the file of the copy; the list is called as it is, with {@code .changes.jsonl}
   * @param swap whether chosen and rejected change places where the label is probably flipped;
   *     needs {@link #scorer}
   */
  public DataDoctor repair(Path out, boolean swap) {
    this.repaired = out;
    this.swapFlipped = swap;
    return this;
  }

  /** Takes pairs as nearly the same from another similarity on, above 0 and at most 1. */
  public DataDoctor near(double similarity) {
    if (!(similarity > 0 && similarity <= 1)) {
      throw new IllegalArgumentException(
          "the similarity must be above 0 and at most 1 but was " + similarity);
    }
    this.near = similarity;
    return this;
  }

  /** Keeps so many examples of each finding, at least one. */
  public DataDoctor examples(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one example is kept but got " + count);
    }
    this.examples = count;
    return this;
  }

  /** Is told now and then how many rows have been read. */
  public DataDoctor progress(LongConsumer listener) {
    this.progress = listener;
    return this;
  }

  /** Sorts with smaller buffers, so that a test spills a few rows. */
  DataDoctor bufferLongs(int longs) {
    this.bufferLongs = longs;
    return this;
  }

  /**
   * Reads everything and says what was found.
   *
   * @throws dev.dpo4j.data.row.DataException if the data cannot be read at all, the evaluation data
   *     have rows at fault, or the copy would overwrite the data
   * @throws dev.dpo4j.tokenizer.TokenizerException if the data need a chat template or an EOS token
   *     that the model does not have
   * @throws UncheckedIOException if a temporary file or the copy cannot be written
   */
  public DoctorReport examine() {
    if (scorer != null && check == null) {
      throw new IllegalStateException("a scorer needs a tokenizer: call tokenizer(...) first");
    }
    if (swapFlipped && scorer == null) {
      throw new IllegalStateException("flipped labels are found by a scorer: call scorer(...)");
    }
    Path target = repaired;
    if (target != null) {
      RepairWriter.checkTarget(target);
    }
    try {
      Path folder = Files.createTempDirectory("dpo4j-doctor");
      try (Examination examination =
          new Examination(
              folder, new Examination.Settings(near, examples, bufferLongs), progress)) {
        if (evaluation != null) {
          examination.readEvaluation(RowReader.of(evaluation, null, null));
        }
        LearntEnd end = check == null ? null : check.learntEnd();
        examination.read(RowReader.of(data, check, scorer), end);
        Repair repair = null;
        DoctorReport report =
            examination.report(
                data.name(), evaluation == null ? "" : evaluation.name(), check != null);
        if (target != null) {
          repair = examination.repair(data, target, swapFlipped);
        }
        return repair == null ? report : report.with(repair);
      } finally {
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
