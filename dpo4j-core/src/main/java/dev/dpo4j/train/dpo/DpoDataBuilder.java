/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.source.MixStrategy;
import dev.dpo4j.train.options.ConfigValues;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a {@link DpoConfigBuilder} that say which rows are read and what their text becomes.
 */
abstract class DpoDataBuilder {
  abstract DpoConfigBuilder set(String key, Value value);

  /** Sets {@code chat_template}. */
  public DpoConfigBuilder chatTemplate(@Nullable String chatTemplate) {
    return set("chat_template", ConfigValues.scalar(chatTemplate));
  }

  /** Sets {@code chat_template_path}. */
  public DpoConfigBuilder chatTemplatePath(@Nullable String chatTemplatePath) {
    return set("chat_template_path", ConfigValues.scalar(chatTemplatePath));
  }

  /** Sets {@code eos_token}. */
  public DpoConfigBuilder eosToken(@Nullable String eosToken) {
    return set("eos_token", ConfigValues.scalar(eosToken));
  }

  /** Sets {@code dataset_name}. */
  public DpoConfigBuilder datasetName(String datasetName) {
    return set("dataset_name", ConfigValues.scalar(datasetName));
  }

  /** Sets {@code dataset_format}. */
  public DpoConfigBuilder datasetFormat(RowFormat datasetFormat) {
    return set("dataset_format", ConfigValues.scalar(datasetFormat));
  }

  /** Sets {@code dataset}. */
  public DpoConfigBuilder dataset(String... dataset) {
    return set("dataset", ConfigValues.list(dataset));
  }

  /** Sets {@code drop_differing_histories}. */
  public DpoConfigBuilder dropDifferingHistories(boolean dropDifferingHistories) {
    return set("drop_differing_histories", ConfigValues.scalar(dropDifferingHistories));
  }

  /** Sets {@code drop_media_rows}. */
  public DpoConfigBuilder dropMediaRows(boolean dropMediaRows) {
    return set("drop_media_rows", ConfigValues.scalar(dropMediaRows));
  }

  /** Sets {@code dataset_dir}. */
  public DpoConfigBuilder datasetDir(String datasetDir) {
    return set("dataset_dir", ConfigValues.scalar(datasetDir));
  }

  /** Sets {@code mix_strategy}. */
  public DpoConfigBuilder mixStrategy(MixStrategy mixStrategy) {
    return set("mix_strategy", ConfigValues.scalar(mixStrategy));
  }

  /** Sets {@code interleave_probs}. */
  public DpoConfigBuilder interleaveProbs(double... interleaveProbs) {
    return set("interleave_probs", ConfigValues.list(interleaveProbs));
  }

  /** Sets {@code max_samples}. */
  public DpoConfigBuilder maxSamples(@Nullable Integer maxSamples) {
    return set("max_samples", ConfigValues.scalar(maxSamples));
  }

  /**
   * Sets {@code dataset_mixture}.
   *
   * @param json a map with {@code datasets}, a list of maps with {@code id}
   */
  public DpoConfigBuilder datasetMixture(String json) {
    return set("dataset_mixture", ConfigValues.scalar(json));
  }

  /** Sets {@code columns}: our names of columns and theirs. */
  public DpoConfigBuilder columns(Map<String, String> columns) {
    return set("columns", ConfigValues.map(columns));
  }

  /** Sets {@code test_split_size}. */
  public DpoConfigBuilder testSplitSize(@Nullable Double testSplitSize) {
    return set("test_split_size", ConfigValues.scalar(testSplitSize));
  }
}
