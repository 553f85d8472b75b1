/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.token.PairTokenizer;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Scores rows of data with a reward model, one after the other, and counts what became of them. */
public final class RewardRows {
  /** Column of the score of a pair's chosen answer. */
  public static final String SCORE_CHOSEN = "score_chosen";

  /** Column of the score of a pair's rejected answer. */
  public static final String SCORE_REJECTED = "score_rejected";

  /** Column of the score of a single answer. */
  public static final String SCORE = "score";

  private static final JsonMapper JSON = JsonMapper.shared();

  private final PairTokenizer tokenizer;
  private final RewardScorer scorer;
  private final @Nullable Integer maxLength;
  private long scored;
  private long chosenFirst;
  private long empty;
  private long tooLong;

  /** Takes a row that has its scores. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes a row.
     *
     * @param row its number in the data, counted from 0
     * @param columns the columns of a row that is read as the same again, and then the scores
     */
    void take(int row, Map<String, Object> columns);
  }

  /**
   * Scores with a model.
   *
   * @param chat the tokenizer and chat template of the model
   * @param maxLength rows with a longer sequence are left out and counted; null for no limit
   */
  public RewardRows(ChatTokenizer chat, RewardScorer scorer, @Nullable Integer maxLength) {
    this.tokenizer = new PairTokenizer(chat, TokenizeOptions.ofMaxLength(maxLength));
    this.scorer = scorer;
    this.maxLength = maxLength;
  }

  /** Scores both answers of each pair. */
  public void pairs(PreferenceRows rows, Sink sink) {
    rows.forEach(pair -> pair(pair, sink), info -> empty++);
  }

  /** Scores the answer of each row. */
  public void answers(TrainingRows rows, Sink sink) {
    rows.forEachSupervised(row -> answer(row, sink), info -> empty++);
  }

  private void pair(PreferencePair pair, Sink sink) {
    if (pair.hasEmptyAnswer()) {
      empty++;
      return;
    }
    double @Nullable [] scores = scores(tokenizer.sequences(pair));
    if (scores != null) {
      chosenFirst += scores[0] > scores[1] ? 1 : 0;
      Map<String, Object> columns = pair.columns();
      columns.put(SCORE_CHOSEN, scores[0]);
      columns.put(SCORE_REJECTED, scores[1]);
      sink.take(pair.info().row(), columns);
    }
  }

  private void answer(TrainingText row, Sink sink) {
    if (row.isEmpty()) {
      empty++;
      return;
    }
    double @Nullable [] scores = scores(List.of(tokenizer.sequence(row)));
    if (scores != null) {
      Map<String, Object> columns = row.columns();
      columns.put(SCORE, scores[0]);
      sink.take(row.info().row(), columns);
    }
  }

  private double @Nullable [] scores(List<int[]> sequences) {
    Integer most = maxLength;
    if (most != null && sequences.stream().anyMatch(sequence -> sequence.length > most)) {
      tooLong++;
      return null;
    }
    scored++;
    return scorer.score(sequences);
  }

  /** A row with its scores as a line of JSON, which can be read as data again. */
  public static String json(Map<String, Object> columns) {
    return JSON.writeValueAsString(columns);
  }

  /** The number of rows that were scored. */
  public long scored() {
    return scored;
  }

  /** The number of pairs whose chosen answer has the higher score. */
  public long chosenFirst() {
    return chosenFirst;
  }

  /** The number of rows that were left out because an answer is empty. */
  public long empty() {
    return empty;
  }

  /** The number of rows that were left out because a sequence is longer than the limit. */
  public long tooLong() {
    return tooLong;
  }
}
