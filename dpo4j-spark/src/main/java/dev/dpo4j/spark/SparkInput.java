/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Which rows Spark reads, and how a run uses the cluster: what the command line takes. */
record SparkInput(
    @Option(
            help =
                "Format of dataset_name for Spark, such as parquet, json, csv, orc, delta or jdbc. "
                    + "Left out, the ending of the name decides, and a name without a known one is "
                    + "parquet.")
        @Nullable String sparkFormat,
    @Option(help = "Table of the catalog of Spark, such as one of Hive, in place of dataset_name.")
        @Nullable String sparkTable,
    @Option(help = "Query whose result is trained on, in place of dataset_name.")
        @Nullable String sparkSql,
    @Option(
            help =
                "Options of the reader of Spark, each as name=value, such as url=jdbc:... and "
                    + "dbtable=pairs.")
        @Nullable List<String> sparkReadOptions,
    @Option(
            help =
                "Column that the rows are ordered by. Left out, they come in the order of their "
                    + "partitions, and in each in that of Spark.")
        @Nullable String sparkOrderBy,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help =
                "Number of ranks, each in an executor of its own; 0 takes spark.executor.instances, "
                    + "or as many as there are executors.")
        int sparkRanks)
    implements Checked {
  /** What all keys of this record begin with. */
  static final String PREFIX = "spark_";

  private static final String CATALOG = "spark.sql.catalogImplementation";
  private static final String HIVE = "hive";

  private static final Map<String, String> ENDINGS =
      Map.of("json", "json", "jsonl", "json", "ndjson", "json", "csv", "csv", "orc", "orc");

  @Override
  public void check(Check check) {
    if (sparkTable != null && sparkSql != null) {
      check.fault("spark_sql", "cannot be set together with spark_table: keep one of them");
    }
    for (String option : given()) {
      if (option.indexOf('=') < 1) {
        check.fault("spark_read_options", "has %s, expected name=value".formatted(option));
      }
    }
  }

  private List<String> given() {
    return sparkReadOptions == null ? List.of() : sparkReadOptions;
  }

  /** Whether the rows do not come from {@code dataset_name}. */
  boolean namesRows() {
    return sparkTable != null || sparkSql != null || "jdbc".equals(sparkFormat);
  }

  SparkOptions options() {
    return new SparkOptions(sparkRanks, sparkOrderBy);
  }

  /**
   * Reads the rows to train on.
   *
   * @throws SparkRunException if Spark does not find them, or not what reads them
   */
  Dataset<Row> read(SparkSession session, @Nullable String name) {
    return named(session, () -> rows(session, name));
  }

  /**
   * Reads a file, a folder or a glob, in the format that its name says.
   *
   * @throws SparkRunException if Spark does not find it
   */
  Dataset<Row> readFile(SparkSession session, String name) {
    return named(session, () -> file(session, null, name));
  }

  private Dataset<Row> rows(SparkSession session, @Nullable String name) {
    if (sparkTable != null) {
      return session.read().options(readOptions()).table(sparkTable);
    } else if (sparkSql != null) {
      return session.sql(sparkSql);
    } else if (name == null) {
      return session
          .read()
          .format(Objects.requireNonNull(sparkFormat))
          .options(readOptions())
          .load();
    }
    return file(session, sparkFormat, name);
  }

  private Dataset<Row> file(SparkSession session, @Nullable String format, String name) {
    return session
        .read()
        .format(format == null ? formatOf(name) : format)
        .options(readOptions())
        .load(name);
  }

  /** Scala declares no exceptions: those of Spark about a table or a driver are checked ones. */
  private Dataset<Row> named(SparkSession session, Supplier<Dataset<Row>> rows) {
    try {
      return rows.get();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      boolean asksCatalog = sparkTable != null || sparkSql != null;
      String hint =
          asksCatalog && !HIVE.equals(session.conf().get(CATALOG))
              ? "\nTables of Hive are found with --conf %s=%s".formatted(CATALOG, HIVE)
              : "";
      throw new SparkRunException("Spark cannot read the rows: " + e.getMessage() + hint, e);
    }
  }

  private Map<String, String> readOptions() {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : given()) {
      int equals = option.indexOf('=');
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return options;
  }

  /** The format that the ending of a name says, such as that of {@code pairs.jsonl.gz}. */
  static String formatOf(String name) {
    String[] parts = name.toLowerCase(Locale.ROOT).split("[.]", -1);
    for (int i = parts.length - 1; i > 0; i--) {
      String format = ENDINGS.get(parts[i]);
      if (format != null) {
        return format;
      }
    }
    return "parquet";
  }
}
