/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The distribution of Spark in the package pyspark, which DPO4J_SPARK names: an environment of
 * Python, or {@code ~/.cache/dpo4j-spark}. Without it a test is skipped.
 *
 * @param home the folder of bin and jars
 */
record SparkDistribution(Path home) {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path ASSEMBLY = TARGET.resolve("dpo4j-spark-assembly.jar");
  private static final List<String> PARTS = List.of("bin", "jars");
  private static final String WARM_UP = "-XX:TieredStopAtLevel=1";

  static SparkDistribution find() throws IOException {
    String named = System.getenv("DPO4J_SPARK");
    Path folder =
        named == null || named.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache", "dpo4j-spark")
            : Path.of(named);
    Path library = folder.resolve("lib");
    Assumptions.assumeTrue(Files.isDirectory(library), "Spark is not installed (DPO4J_SPARK)");
    try (Stream<Path> pythons = Files.list(library)) {
      Path home =
          pythons
              .map(python -> python.resolve("site-packages/pyspark"))
              .filter(Files::isDirectory)
              .findFirst()
              .orElseThrow(() -> new AssertionError(folder + " holds no pyspark"));
      assertThat(ASSEMBLY).as("the jar that the phase package makes").isRegularFile();
      return new SparkDistribution(home);
    }
  }

  /** Two executors of one core each. */
  static final String CLUSTER = "local-cluster[2,1,4096]";

  /** Starts a program of the distribution. */
  Process start(Path folder, String program, String master, List<String> arguments)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                home.resolve("bin").resolve(program).toString(),
                "--master",
                master,
                "--conf",
                "spark.executor.memory=1g",
                "--conf",
                "spark.ui.enabled=false",
                "--conf",
                "spark.log.level=WARN",
                "--conf",
                "spark.driver.extraJavaOptions=" + WARM_UP,
                "--conf",
                "spark.executor.extraJavaOptions=" + WARM_UP));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("SPARK_HOME", linked(folder.resolve("spark")).toString());
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("MKL_NUM_THREADS", "1");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(program + ".log").toFile())
        .start();
  }

  /** A folder that looks like the distribution: executors keep copies of all jars in its work. */
  private Path linked(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : PARTS) {
      if (!Files.isSymbolicLink(folder.resolve(name))) {
        Files.createSymbolicLink(folder.resolve(name), home.resolve(name));
      }
    }
    return folder;
  }

  /** Removes what {@link #start} has linked below a folder. */
  static void unlink(Path folder) throws IOException {
    for (String name : PARTS) {
      Files.deleteIfExists(folder.resolve("spark").resolve(name));
    }
  }

  /** The arguments that submit the command line. */
  static List<String> submission(String... arguments) {
    return submission(List.of(), arguments);
  }

  /** The same with further options of spark-submit. */
  static List<String> submission(List<String> options, String... arguments) {
    List<String> all = new ArrayList<>(options);
    all.addAll(
        List.of(
            "--jars",
            TARGET.resolve("natives").resolve("*").toString(),
            "--class",
            "dev.dpo4j.spark.SparkMain",
            ASSEMBLY.toString()));
    all.addAll(List.of(arguments));
    return all;
  }

  /** The jars that the shell is given. */
  static String jars() {
    return ASSEMBLY + "," + TARGET.resolve("natives").resolve("*");
  }

  /** Waits for an end with a code; anything else shows what was printed. */
  static String ended(Process process, Path log, int code)
      throws IOException, InterruptedException {
    if (!process.waitFor(15, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError("it did not end:\n" + Files.readString(log));
    }
    String text = Files.readString(log);
    assertThat(process.exitValue()).as(text).isEqualTo(code);
    return text;
  }
}
