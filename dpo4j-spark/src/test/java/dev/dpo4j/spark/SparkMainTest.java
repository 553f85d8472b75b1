/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs no Spark; the rest is tried with a distribution by {@link SparkSubmitIT}. */
class SparkMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return SparkMain.run(
        List.of(arguments),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @Test
  void helpShowsTheKeysOfSparkAndOfTheRun() {
    assertThat(run("dpo", "--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("spark-submit --class dev.dpo4j.spark.SparkMain")
        .contains("--spark_order_by")
        .contains("--per_device_train_batch_size");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "grpo; expected one of dpo, kto, sft, reward, found \"grpo\"",
        "kto --model_name_or_path m --output_dir o --beta x; beta",
        "sft --beta 1; beta",
        "dpo --spark_rank 2; spark_rank",
        "dpo --spark_table a --spark_sql b; cannot be set together",
        "dpo --spark_read_options novalue --spark_table a; expected name=value",
        "dpo --output_dir o --model_name_or_path m; dataset_name",
        "dpo --bet 1; beta",
      })
  void wrongArgumentsAreNamed(String arguments, String message) {
    assertThat(run(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.5.3", "2.4.8", "3.5.3.1-vendor"})
  void olderVersionsOfSparkAreRefusedByName(String version) {
    assertThatThrownBy(() -> SparkVersion.require(version))
        .isInstanceOf(SparkRunException.class)
        .hasMessageContaining("Spark 4")
        .hasMessageContaining(version);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.0.0", "4.2.0", "5.0.0-SNAPSHOT"})
  void newerVersionsOfSparkPass(String version) {
    assertThatCode(() -> SparkVersion.require(version)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "pairs.parquet,parquet",
    "pairs.jsonl.gz,json",
    "pairs.JSON,json",
    "s3a://bucket/pairs.csv,csv",
    "hdfs://node:9000/pairs,parquet",
    "json/pairs,parquet"
  })
  void theEndingOfANameSaysTheFormat(String name, String format) {
    assertThat(SparkInput.formatOf(name)).isEqualTo(format);
  }
}
