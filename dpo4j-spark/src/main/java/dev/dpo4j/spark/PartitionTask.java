/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * What a task does with the rows of a partition: it reads them as the local command would read a
 * file of them, and gives rows of its own.
 */
abstract class PartitionTask implements FlatMapFunction<Iterator<Tuple2<String, Long>>, Row> {
  private static final long serialVersionUID = 1L;

  /**
   * Computes the rows of a partition.
   *
   * @param file the rows of the partition, each a line of JSON
   * @param first how many rows come before them
   */
  abstract List<Row> rows(Path file, long first);

  /** Runs over the partitions of a Dataset, whose rows are numbered in their order. */
  final Dataset<Row> over(Dataset<Row> rows, StructType schema) {
    SparkVersion.require(rows.sparkSession().sparkContext().version());
    return rows.sparkSession()
        .createDataFrame(rows.toJSON().javaRDD().zipWithIndex().mapPartitions(this, false), schema);
  }

  @Override
  public final Iterator<Row> call(Iterator<Tuple2<String, Long>> rows) {
    if (!rows.hasNext()) {
      return new ArrayList<Row>().iterator();
    }
    try {
      Path file = Files.createTempFile("dpo4j-partition", ".jsonl");
      try {
        return rows(file, write(rows, file)).iterator();
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A partition cannot be kept on this executor: " + e, e);
    }
  }

  /** Writes the rows, and returns the number of the first. */
  private static long write(Iterator<Tuple2<String, Long>> rows, Path file) throws IOException {
    long first = -1;
    try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      while (rows.hasNext()) {
        Tuple2<String, Long> row = rows.next();
        first = first < 0 ? row._2() : first;
        out.write(row._1());
        out.write('\n');
      }
    }
    return first;
  }
}
