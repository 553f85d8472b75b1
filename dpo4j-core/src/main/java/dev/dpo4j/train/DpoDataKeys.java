/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import dev.dpo4j.config.Value;
import dev.dpo4j.data.MixStrategy;
import dev.dpo4j.data.RankedPairs;
import dev.dpo4j.data.RowFormat;
import org.jspecify.annotations.Nullable;

/** The keys of a {@link DpoConfigBuilder} that say which rows are read. */
abstract sealed class DpoDataKeys permits DpoConfigBuilder {
  abstract DpoConfigBuilder set(String key, Value value);

  /** Sets {@code dataset_name}. */
  public DpoConfigBuilder datasetName(String datasetName) {
    return set("dataset_name", Values.scalar(datasetName));
  }

  /** Sets {@code dataset_format}. */
  public DpoConfigBuilder datasetFormat(RowFormat datasetFormat) {
    return set("dataset_format", Values.scalar(datasetFormat));
  }

  /** Sets {@code dataset}. */
  public DpoConfigBuilder dataset(String... dataset) {
    return set("dataset", Values.list(dataset));
  }

  /** Sets {@code dataset_dir}. */
  public DpoConfigBuilder datasetDir(String datasetDir) {
    return set("dataset_dir", Values.scalar(datasetDir));
  }

  /** Sets {@code mix_strategy}. */
  public DpoConfigBuilder mixStrategy(MixStrategy mixStrategy) {
    return set("mix_strategy", Values.scalar(mixStrategy));
  }

  /** Sets {@code interleave_probs}. */
  public DpoConfigBuilder interleaveProbs(double... interleaveProbs) {
    return set("interleave_probs", Values.list(interleaveProbs));
  }

  /** Sets {@code max_samples}. */
  public DpoConfigBuilder maxSamples(@Nullable Integer maxSamples) {
    return set("max_samples", Values.scalar(maxSamples));
  }

  /** Sets {@code ranked_pairs}. */
  public DpoConfigBuilder rankedPairs(@Nullable RankedPairs rankedPairs) {
    return set("ranked_pairs", Values.scalar(rankedPairs));
  }

  /** Sets {@code min_score_margin}. */
  public DpoConfigBuilder minScoreMargin(@Nullable Double minScoreMargin) {
    return set("min_score_margin", Values.scalar(minScoreMargin));
  }

  /** Sets {@code dataset_train_split}. */
  public DpoConfigBuilder datasetTrainSplit(String datasetTrainSplit) {
    return set("dataset_train_split", Values.scalar(datasetTrainSplit));
  }

  /** Sets {@code dataset_test_split}. */
  public DpoConfigBuilder datasetTestSplit(String datasetTestSplit) {
    return set("dataset_test_split", Values.scalar(datasetTestSplit));
  }

  /** Sets {@code max_length}. */
  public DpoConfigBuilder maxLength(@Nullable Integer maxLength) {
    return set("max_length", Values.scalar(maxLength));
  }

  /** Sets {@code truncation_mode}. */
  public DpoConfigBuilder truncationMode(String truncationMode) {
    return set("truncation_mode", Values.scalar(truncationMode));
  }

  /** Sets {@code drop_identical_pairs}. */
  public DpoConfigBuilder dropIdenticalPairs(boolean dropIdenticalPairs) {
    return set("drop_identical_pairs", Values.scalar(dropIdenticalPairs));
  }

  /** Sets {@code drop_differing_histories}. */
  public DpoConfigBuilder dropDifferingHistories(boolean dropDifferingHistories) {
    return set("drop_differing_histories", Values.scalar(dropDifferingHistories));
  }

  /** Sets {@code drop_media_rows}. */
  public DpoConfigBuilder dropMediaRows(boolean dropMediaRows) {
    return set("drop_media_rows", Values.scalar(dropMediaRows));
  }
}
