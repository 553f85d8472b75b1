/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.api.DpoConfig;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Trains with Direct Preference Optimization on the executors of a Spark application, as {@link
 * SparkTraining} does for every method.
 */
public final class SparkDpo {
  private SparkDpo() {}

  /**
   * Trains on the rows of a Dataset, one rank in each executor.
   *
   * @param rows pairs in any form that dpo4j reads, such as the columns {@code prompt}, {@code
   *     chosen} and {@code rejected}
   * @param config how to train; it needs {@code model_name_or_path} and {@code output_dir}
   * @throws SparkRunException if the cluster cannot run it, or a rank has failed
   * @throws dev.dpo4j.config.value.ConfigException if the configuration does not fit
   */
  public static SparkResult train(Dataset<Row> rows, DpoConfig config) {
    return SparkTraining.train(rows, config);
  }

  /**
   * Trains on the rows of a Dataset.
   *
   * @param options how many ranks there are, and how the rows are ordered
   * @see #train(Dataset, DpoConfig)
   */
  public static SparkResult train(Dataset<Row> rows, DpoConfig config, SparkOptions options) {
    return SparkTraining.train(rows, config, options);
  }

  /**
   * Trains on the rows of a Dataset and evaluates those of another, as often as {@code
   * eval_strategy} says.
   *
   * @param eval held-out rows, or null
   * @see #train(Dataset, DpoConfig)
   */
  public static SparkResult train(
      Dataset<Row> rows, @Nullable Dataset<Row> eval, DpoConfig config, SparkOptions options) {
    return SparkTraining.train(rows, eval, config, options);
  }
}
