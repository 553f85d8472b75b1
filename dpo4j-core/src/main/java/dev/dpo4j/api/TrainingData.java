/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.row.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rows of supervised fine-tuning (SFT), or of answers judged good or bad (KTO): a file, a
 * folder, or rows made in memory.
 *
 * <p>Files are read when a trainer is built, row by row. Rows at fault are reported together in one
 * {@link DataException}.
 */
public final class TrainingData {
  private final TrainingRows rows;

  private TrainingData(TrainingRows rows) {
    this.rows = rows;
  }

  /** Takes the split {@code train} of a file, a folder or a glob. */
  public static TrainingData read(Path dataset) {
    return read(dataset, "train");
  }

  /**
   * Takes a split of a file, a folder or a glob.
   *
   * @param dataset file, folder or glob
   * @param split a split such as {@code train}, {@code train[0:20]} or {@code train[-10%:]}
   * @throws DataException if the split is not understood
   */
  public static TrainingData read(Path dataset, String split) {
    return new TrainingData(TrainingRows.read(dataset, split));
  }

  /** Takes the rows to train on that a config of SFT names, such as {@code dataset_name}. */
  public static TrainingData training(SftConfig config) {
    return new TrainingData(TrainingRows.read(config.trainSource()));
  }

  /** Takes the rows to evaluate on that a config of SFT names, such as {@code eval_dataset}. */
  public static TrainingData evaluation(SftConfig config) {
    return new TrainingData(TrainingRows.read(config.evaluationSource()));
  }

  /** Takes the rows to train on that a config of KTO names, such as {@code dataset_name}. */
  public static TrainingData training(KtoConfig config) {
    return new TrainingData(TrainingRows.read(config.trainSource(), config.ranked()));
  }

  /** Takes the rows to evaluate on that a config of KTO names, such as {@code eval_dataset}. */
  public static TrainingData evaluation(KtoConfig config) {
    return new TrainingData(TrainingRows.read(config.evaluationSource(), config.ranked()));
  }

  /**
   * Takes rows of columns made in memory, in any form that a file may have: {@code messages}, or
   * {@code prompt} and {@code completion}, for KTO with {@code label}.
   */
  public static TrainingData ofRows(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return new TrainingData(TrainingRows.ofRows(rows));
  }

  /** Returns the rows themselves, to be read or tokenised without a trainer. */
  public TrainingRows rows() {
    return rows;
  }
}
