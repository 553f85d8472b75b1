/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Tables of every kind that a distribution of Spark reads by itself: its jars hold Derby, which is
 * a database for JDBC and keeps the catalog of Hive.
 */
class SparkTablesIT extends SparkRuns {
  private static final List<String> HIVE =
      List.of("--conf", "spark.sql.catalogImplementation=hive");

  private static final String SETTINGS =
      " --model_name_or_path model --per_device_train_batch_size 4 --max_steps 3 --learning_rate 1e-5 --spark_ranks 1";

  /** Writes the pairs as tables, then trains on each as {@code spark-submit} would. */
  private static final String SESSION =
      """
      val pairs = spark.read.json("pairs.jsonl").withColumn("number", monotonically_increasing_id().cast("int"))
      pairs.repartitionByRange(3, $"number").write.parquet("pairs.parquet")
      pairs.write.orc("pairs.orc")
      // Answers begin with a space, which Spark's writer would trim.
      pairs.write.option("header", true).option("ignoreLeadingWhiteSpace", false).csv("pairs.csv")
      pairs.write.jdbc("jdbc:derby:database;create=true", "pairs", new java.util.Properties)
      pairs.write.saveAsTable("saved")
      spark.sql("CREATE TABLE hive_pairs USING hive AS SELECT * FROM saved")

      def train(name: String, more: String*) =
        dev.dpo4j.spark.SparkMain.main(("dpo%s --output_dir " + name).split(" ") ++ more)

      // Small files are read in the order of their sizes, so a column decides.
      train("parquet", "--dataset_name", "pairs.parquet", "--spark_order_by", "number")
      train("orc", "--dataset_name", "pairs.orc")
      train("csv", "--dataset_name", "pairs.csv", "--spark_read_options", "header=true")
      train("jdbc", "--spark_format", "jdbc", "--spark_read_options", "url=jdbc:derby:database", "dbtable=pairs",
        "partitionColumn=number", "lowerBound=0", "upperBound=12", "numPartitions=3")
      train("saved", "--spark_table", "saved")
      train("query", "--spark_sql", "SELECT prompt, chosen, rejected FROM saved", "--spark_order_by", "prompt")
      """
          .formatted(SETTINGS);

  @Test
  void rowsOfATableTrainAsThoseOfAFile() throws Exception {
    List<String> arguments = List.of("--jars", SparkDistribution.jars(), HIVE.get(0), HIVE.get(1));
    String log = shell("local[1]", arguments, SESSION);

    // Another application finds the table in the catalog.
    String hive = "dpo --spark_table hive_pairs --output_dir hive" + SETTINGS;
    ended(submit("local[1]", SparkDistribution.submission(HIVE, hive.split(" "))), 0);

    Path alone = trial.alone("per_device_train_batch_size: 4", "max_steps: 3");
    for (String table : List.of("parquet", "orc", "csv", "jdbc", "saved", "hive")) {
      assertThat(folder.resolve(table).resolve(SparkTrial.WEIGHTS)).as(log).exists();
      // One rank computes what one process computes; another number of threads rounds otherwise.
      assertThat(SparkTrial.distance(alone, folder.resolve(table))).as(table).isLessThan(1e-6);
    }
    assertThat(SparkTrial.distance(alone, folder.resolve("query")))
        .as("the rows of the query are in another order")
        .isGreaterThan(1e-6);
  }

  @Test
  void aTableThatIsNotThereIsNamed() throws Exception {
    String arguments =
        "dpo --model_name_or_path model --spark_table absent --output_dir out --spark_ranks 1";
    String log = ended(submit("local[1]", SparkDistribution.submission(arguments.split(" "))), 1);
    assertThat(log)
        .contains("error: Spark cannot read the rows: ", "`absent`")
        .contains("spark.sql.catalogImplementation=hive");
  }
}
