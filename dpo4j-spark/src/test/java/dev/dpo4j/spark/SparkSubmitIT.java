/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.FreshModel;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two executors of a real distribution of Spark train and score with the jars that a cluster is
 * given: Spark's own Jackson is on their class path.
 */
@Tag("heavy")
@EnabledOnOs(OS.LINUX)
class SparkSubmitIT {
  private static final Path PAGE = Path.of("..", "docs", "how-to", "spark.md");
  private static final String WEIGHTS = "model.safetensors";
  private static final int ROWS = 12;

  @TempDir Path folder;
  private SparkDistribution spark;

  @BeforeEach
  void prepare() throws IOException {
    spark = SparkDistribution.find();
    FreshModel.write(
        Files.createDirectories(folder.resolve("model")),
        List.of("a lantern in the window", "which way does the river run"),
        1);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      lines.add(
          "{\"prompt\":\"lantern %d in the river\",\"chosen\":\" way the window %d\",\"rejected\":\" a run %d a\"}"
              .formatted(i, i * 7 % 10, i * 3 % 10));
    }
    Files.write(folder.resolve("pairs.jsonl"), lines);
  }

  private static String block(String language) throws IOException {
    Matcher found =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  @Test
  void theShellSessionOfThePageComputesWhatASingleProcessComputes() throws Exception {
    Process shell = spark.start(folder, "spark-shell", List.of("--jars", SparkDistribution.jars()));
    try (var in = shell.outputWriter()) {
      in.write(block("scala"));
    }
    String log = SparkDistribution.ended(shell, folder.resolve("spark-shell.log"));
    assertThat(folder.resolve("trained").resolve(WEIGHTS)).as(log).exists();
    assertThat(folder.resolve("trained/report.html")).exists();
    assertThat(folder.resolve("trained.spark")).as("the rows on shared storage").doesNotExist();

    DpoConfig config =
        DpoConfig.of(
            """
            per_device_train_batch_size: 4
            max_steps: 5
            max_length: 128
            learning_rate: 1e-5
            output_dir: %s
            """
                .formatted(folder.resolve("alone")));
    try (Model model = Model.load(folder.resolve("model"))) {
      DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(PreferenceData.read(folder.resolve("pairs.jsonl")))
          .build()
          .train();
    }
    // The sums over two ranks are rounded otherwise than those of one process.
    assertThat(distance(folder.resolve("alone"), folder.resolve("trained"))).isLessThan(1e-6);
    assertThat(distance(folder.resolve("model"), folder.resolve("trained"))).isGreaterThan(1e-6);
    List<Map<String, Object>> scored = rows(folder.resolve("logps"));
    assertThat(scored).hasSize(ROWS);
    assertThat(scored.get(ROWS - 1).get("row")).isEqualTo(ROWS - 1L);
    for (Map<String, Object> row : scored) {
      assertThat(((Number) row.get("chosen_logp")).doubleValue()).isLessThan(0);
    }
    assertThat(rows(folder.resolve("answers"))).hasSize(ROWS);
  }

  @Test
  void anExecutorThatIsKilledCostsNoByte() throws Exception {
    String[] arguments = {
      "dpo",
      "--model_name_or_path",
      "model",
      "--dataset_name",
      "pairs.jsonl",
      "--spark_ranks",
      "2",
      "--per_device_train_batch_size",
      "1",
      "--num_train_epochs",
      "10",
      "--save_steps",
      "2",
      "--ddp_timeout",
      "60",
      "--output_dir",
    };
    Path output = folder.resolve("killed");
    Process killed = submit(arguments, "killed");
    killAnExecutor(killed, output);
    String log = SparkDistribution.ended(killed, folder.resolve("spark-submit.log"));
    assertThat(log).contains("started anew 1 times");

    Path unbroken = folder.resolve("unbroken");
    SparkDistribution.ended(submit(arguments, "unbroken"), folder.resolve("spark-submit.log"));
    assertThat(Files.mismatch(output.resolve(WEIGHTS), unbroken.resolve(WEIGHTS))).isEqualTo(-1);
  }

  private Process submit(String[] arguments, String output) throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(output);
    return spark.start(
        folder, "spark-submit", SparkDistribution.submission(all.toArray(String[]::new)));
  }

  /** Ends an executor at once, when a checkpoint is there. */
  private static void killAnExecutor(Process application, Path output) throws Exception {
    Path checkpoint = output.resolve("checkpoints");
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(10);
    while (!hasCheckpoint(output)) {
      assertThat(application.isAlive() && System.nanoTime() < end).as("" + checkpoint).isTrue();
      Thread.sleep(20);
    }
    ProcessHandle executor =
        application
            .descendants()
            .filter(
                process ->
                    process
                        .info()
                        .commandLine()
                        .orElse("")
                        .contains("CoarseGrainedExecutorBackend"))
            .findFirst()
            .orElseThrow();
    executor.destroyForcibly();
  }

  private static boolean hasCheckpoint(Path output) throws IOException {
    if (!Files.isDirectory(output)) {
      return false;
    }
    try (Stream<Path> files = Files.list(output)) {
      return files.anyMatch(file -> file.getFileName().toString().matches("checkpoint-\\d+"));
    }
  }

  private static double distance(Path one, Path other) {
    double difference = 0;
    double size = 0;
    try (SafetensorsFile left = SafetensorsFile.open(one.resolve(WEIGHTS));
        SafetensorsFile right = SafetensorsFile.open(other.resolve(WEIGHTS))) {
      assertThat(left.tensors().keySet()).isEqualTo(right.tensors().keySet());
      for (String name : left.tensors().keySet()) {
        int count = Math.toIntExact(left.info(name).elementCount());
        float[] a = left.floats(name, 0, count);
        float[] b = right.floats(name, 0, count);
        for (int i = 0; i < count; i++) {
          difference += (double) (a[i] - b[i]) * (a[i] - b[i]);
          size += (double) a[i] * a[i];
        }
      }
    }
    return Math.sqrt(difference / size);
  }

  /** The rows that Spark wrote, in the order of its files. */
  private static List<Map<String, Object>> rows(Path written) throws IOException {
    try (Stream<Path> files = Files.list(written)) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (Path file : files.filter(part -> part.toString().endsWith(".json")).sorted().toList()) {
        for (String line : Files.readAllLines(file)) {
          rows.add(SparkSubmitIT.map(line));
        }
      }
      return rows;
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(String line) {
    return (Map<String, Object>) JsonRows.parse(line);
  }
}
