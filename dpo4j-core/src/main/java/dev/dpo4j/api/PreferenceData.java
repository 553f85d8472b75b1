/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The preference pairs to train on or to evaluate: a file, a folder, or rows made in memory.
 *
 * <p>Files are read when a trainer is built, row by row. Rows at fault are reported together in one
 * {@link DataException}.
 */
public final class PreferenceData {
  private final PreferenceRows rows;

  private PreferenceData(PreferenceRows rows) {
    this.rows = rows;
  }

  /** Takes the split {@code train} of a file, a folder or a glob. */
  public static PreferenceData read(Path dataset) {
    return new PreferenceData(PreferenceRows.read(dataset));
  }

  /**
   * Takes a split of a file, a folder or a glob.
   *
   * @param dataset file, folder or glob
   * @param split a split such as {@code train}, {@code train[0:20]} or {@code train[-10%:]}
   * @throws DataException if the split is not understood
   */
  public static PreferenceData read(Path dataset, String split) {
    return new PreferenceData(PreferenceRows.read(dataset, split));
  }

  /**
   * Takes the rows to train on that a config names: {@code dataset_name}, {@code dataset}, {@code
   * dataset_format}, {@code ranked_pairs} and so on.
   */
  public static PreferenceData training(DpoConfig config) {
    return new PreferenceData(PreferenceRows.read(config.trainSource(), config.data().ranked()));
  }

  /**
   * Takes the rows to evaluate on that a config names: {@code eval_dataset}, or those that belong
   * to the rows to train on.
   */
  public static PreferenceData evaluation(DpoConfig config) {
    return new PreferenceData(
        PreferenceRows.read(config.evaluationSource(), config.data().ranked()));
  }

  /** Takes the rows to train a reward model on that a config names. */
  public static PreferenceData training(RewardConfig config) {
    return new PreferenceData(PreferenceRows.read(config.trainSource(), config.data().ranked()));
  }

  /** Takes the rows to evaluate a reward model on that a config names. */
  public static PreferenceData evaluation(RewardConfig config) {
    return new PreferenceData(
        PreferenceRows.read(config.evaluationSource(), config.data().ranked()));
  }

  /**
   * Takes questions of a user, each with two answers of an assistant; the model's chat template
   * turns them into text. The three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceData ofQuestions(
      List<String> questions, List<String> chosen, List<String> rejected) {
    return new PreferenceData(PreferenceRows.ofQuestions(questions, chosen, rejected));
  }

  /**
   * Takes plain texts, which no chat template touches; the three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceData ofTexts(
      List<String> prompts, List<String> chosen, List<String> rejected) {
    return new PreferenceData(PreferenceRows.ofTexts(prompts, chosen, rejected));
  }

  /**
   * Takes conversations; the three lists belong together row by row.
   *
   * @throws DataException if the lists have different lengths
   */
  public static PreferenceData ofConversations(
      List<List<Message>> prompts, List<List<Message>> chosen, List<List<Message>> rejected) {
    return new PreferenceData(PreferenceRows.ofConversations(prompts, chosen, rejected));
  }

  /** Takes rows of columns, in any form that a file may have. */
  public static PreferenceData ofRows(
      List<? extends Map<String, ? extends @Nullable Object>> rows) {
    return new PreferenceData(PreferenceRows.ofRows(rows));
  }

  /** Returns the rows themselves, to be read or tokenised without a trainer. */
  public PreferenceRows rows() {
    return rows;
  }
}
