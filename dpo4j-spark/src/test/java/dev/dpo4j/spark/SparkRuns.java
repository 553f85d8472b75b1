/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Programs of a real distribution of Spark in a folder with a tiny model and some pairs. */
@Tag("heavy")
@EnabledOnOs(OS.LINUX)
abstract class SparkRuns {
  @TempDir Path folder;
  SparkTrial trial;
  private SparkDistribution spark;

  @BeforeEach
  void prepare() throws IOException {
    spark = SparkDistribution.find();
    trial = SparkTrial.in(folder);
  }

  @AfterEach
  void unlink() throws IOException {
    SparkDistribution.unlink(folder);
  }

  /** Lets the shell do a session to its end; returns what was printed. */
  final String shell(String master, List<String> arguments, String session) throws Exception {
    Process shell = spark.start(folder, "spark-shell", master, arguments);
    try (var in = shell.outputWriter()) {
      in.write(session);
    }
    return SparkDistribution.ended(shell, folder.resolve("spark-shell.log"), 0);
  }

  /** Starts an application. */
  final Process submit(String master, List<String> arguments) throws IOException {
    return spark.start(folder, "spark-submit", master, arguments);
  }

  /** Waits until an application ends with a code; returns what was printed. */
  final String ended(Process application, int code) throws Exception {
    return SparkDistribution.ended(application, folder.resolve("spark-submit.log"), code);
  }
}
