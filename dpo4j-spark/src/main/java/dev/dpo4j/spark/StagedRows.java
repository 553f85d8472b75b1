/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.io.Folders;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Dataset as files on storage that all executors see: one file for each partition, in
 * the order of the partitions.
 *
 * <p>Each executor writes what it reads; the driver sees only how many rows there are.
 *
 * @param glob matches the files, in the order of the rows
 * @param files the files, in the order of the rows
 * @param rows the number of rows
 */
record StagedRows(String glob, List<String> files, long rows) {
  /** Orders rows that are equal in the column that was asked for. */
  private static final String POSITION = "dpo4j_position";

  /** What a task wrote, which travels as a text: any serializer knows that. */
  private record Part(String file, long rows) {
    String toText() {
      return rows + "\t" + file;
    }

    static Part ofText(String text) {
      int tab = text.indexOf('\t');
      return new Part(text.substring(tab + 1), Long.parseLong(text.substring(0, tab)));
    }
  }

  /**
   * Has the executors write the rows.
   *
   * @param orderBy the column that decides the order, or null
   * @param folder on shared storage; what it held before is removed
   * @throws SparkRunException if there are no rows, or the driver does not see what was written
   */
  static StagedRows write(Dataset<Row> rows, @Nullable String orderBy, Path folder) {
    try {
      Folders.delete(folder);
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new SparkRunException(
          "The folder %s, which all executors must see, cannot be made: %s".formatted(folder, e),
          e);
    }
    List<Part> parts =
        ordered(rows, orderBy)
            .toJSON()
            .javaRDD()
            .mapPartitionsWithIndex(new Writer(folder.toString()), false)
            .collect()
            .stream()
            .map(Part::ofText)
            .toList();
    for (Part part : parts) {
      if (!Files.isRegularFile(Path.of(part.file()))) {
        throw new SparkRunException(
            "An executor wrote %d rows to %s, and the driver does not see that file: output_dir must be on storage that the driver and all executors see under the same path"
                .formatted(part.rows(), part.file()));
      }
    }
    long count = parts.stream().mapToLong(Part::rows).sum();
    if (count == 0) {
      throw new SparkRunException("The Dataset has no rows, and a run needs at least one");
    }
    List<String> files = parts.stream().map(Part::file).toList();
    return new StagedRows(folder.resolve("part-*.jsonl").toString(), files, count);
  }

  private static Dataset<Row> ordered(Dataset<Row> rows, @Nullable String orderBy) {
    if (orderBy == null) {
      return rows;
    }
    if (!List.of(rows.columns()).contains(orderBy)) {
      throw new SparkRunException(
          "There is no column %s to order the rows by; the Dataset has %s"
              .formatted(orderBy, String.join(", ", rows.columns())));
    }
    Column position = functions.monotonically_increasing_id();
    return rows.withColumn(POSITION, position)
        .orderBy(functions.col(orderBy), functions.col(POSITION))
        .drop(POSITION);
  }

  /** Writes a partition aside and renames it, so that a task that is tried again does no harm. */
  private static final class Writer
      implements Function2<Integer, Iterator<String>, Iterator<String>> {
    private static final long serialVersionUID = 1L;

    private final String folder;

    Writer(String folder) {
      this.folder = folder;
    }

    @Override
    public Iterator<String> call(Integer partition, Iterator<String> rows) {
      if (!rows.hasNext()) {
        return List.<String>of()
            .iterator(); // A file without rows is a fault of the data elsewhere.
      }
      Path target = Path.of(folder, "part-%08d.jsonl".formatted(partition));
      Path aside = Path.of(folder, ".%08d-%s".formatted(partition, UUID.randomUUID()));
      long count = 0;
      try {
        Files.createDirectories(target.getParent());
        try (BufferedWriter out = Files.newBufferedWriter(aside, StandardCharsets.UTF_8)) {
          while (rows.hasNext()) {
            out.write(rows.next());
            out.write('\n');
            count++;
          }
        }
        Files.move(aside, target, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "Partition %d cannot be written: %s".formatted(partition, e), e);
      }
      return List.of(new Part(target.toString(), count).toText()).iterator();
    }
  }
}
