/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Natives that reach the executors in other ways than {@code --jars}, as the page tells. */
class SparkNativesIT extends SparkRuns {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path SCRIPT =
      Path.of("..", "examples", "cluster", "spark-repository.sh").toAbsolutePath();

  @Test
  void anArchiveBringsThem() throws Exception {
    Path archive = folder.resolve("natives.zip");
    run(
        Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
        "--create",
        "--no-compress",
        "--no-manifest",
        "--file",
        archive.toString(),
        "-C",
        TARGET.resolve("natives").toString(),
        ".");
    trainsAsAlone(
        "--archives",
        archive + "#" + NativesArchive.NAME,
        "--class",
        SparkMain.class.getName(),
        TARGET.resolve("dpo4j-spark-assembly.jar").toString());
  }

  @Test
  void aRepositoryOfFilesBringsThemWithTheCode() throws Exception {
    Path repository = folder.resolve("repository");
    run("bash", SCRIPT.toString(), repository.toString());
    trainsAsAlone(
        "--repositories",
        repository.toUri().toString(),
        "--packages",
        "dev.dpo4j.spark:dpo4j-spark-assembly:1",
        "--conf",
        "spark.jars.ivy=" + folder.resolve("ivy"),
        "--class",
        SparkMain.class.getName(),
        "spark-internal");
  }

  private void trainsAsAlone(String... how) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(how));
    arguments.addAll(
        List.of(
            "dpo --model_name_or_path model --dataset_name pairs.jsonl --output_dir out --spark_ranks 2 --per_device_train_batch_size 2 --max_steps 2 --learning_rate 1e-5"
                .split(" ")));
    String log = ended(submit(SparkDistribution.CLUSTER, arguments), 0);
    assertThat(log).contains("2 steps on 12 rows by 2 ranks");
    Path alone = trial.alone("per_device_train_batch_size: 4", "max_steps: 2");
    // The sums over two ranks are rounded otherwise than those of one process.
    assertThat(SparkTrial.distance(alone, folder.resolve("out"))).isLessThan(1e-6);
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
