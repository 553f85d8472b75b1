/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.dist.Ranks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of clusters, as far as one machine can run them: what they start is a stand-in. */
@EnabledOnOs(OS.LINUX)
class ClusterExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "examples", "cluster").toAbsolutePath();

  /** Writes what each process is told into a file of its own. */
  private static final String STAND_IN =
      """
      #!/bin/bash
      name=$SLURM_PROCID$RANK
      env > "told-$name"
      printf '%s\\n' "$@" > "arguments-$name"
      """;

  /** Starts a process for each task of two machines, as SLURM's own command does. */
  private static final String SRUN =
      """
      #!/bin/bash
      while [[ $1 == --* ]]; do shift; done
      for task in 0 1 2 3; do
        SLURM_PROCID=$task SLURM_LOCALID=$((task % 2)) SLURM_NODEID=$((task / 2)) SLURM_NTASKS=4 \\
          SLURM_STEP_ID=0 SLURM_JOB_ID=77 SLURM_STEP_TASKS_PER_NODE="2(x2)" \\
          SLURM_STEP_NODELIST="gpu[07-08]" "$@"
      done
      """;

  @TempDir private Path folder;

  private static void program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private String run(Map<String, String> variables, String... command) throws Exception {
    program(folder.resolve("dpo4j"), STAND_IN);
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(SLURM|RANK|DPO4J).*"));
    builder.environment().putAll(variables);
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private Map<String, String> told(int process) throws IOException {
    Map<String, String> variables = new HashMap<>();
    for (String line : Files.readAllLines(folder.resolve("told-" + process))) {
      int end = line.indexOf('=');
      if (end > 0) {
        variables.put(line.substring(0, end), line.substring(end + 1));
      }
    }
    return variables;
  }

  @ParameterizedTest
  @ValueSource(strings = {"by-hand.sh", "slurm.sbatch", "spark-submit.sh"})
  void theShellReadsEachScript(String script) throws Exception {
    run(Map.of(), "bash", "-n", EXAMPLES.resolve(script).toString());
  }

  @Test
  void tasksOfSlurmMeetAtTheFirstMachineWithOneSecret() throws Exception {
    program(folder.resolve("srun"), SRUN);
    run(
        Map.of(
            "PATH", folder + ":" + System.getenv("PATH"),
            "SLURM_CPUS_PER_TASK", "3",
            "MODEL", "/a/model",
            "DATA", "/some/data.jsonl",
            "OUT", "/an/output"),
        "bash",
        EXAMPLES.resolve("slurm.sbatch").toString());
    String secret = told(0).get("DPO4J_SECRET");
    assertThat(secret).matches("[0-9a-f]{64}");
    for (int task = 0; task < 4; task++) {
      assertThat(told(task)).containsEntry("DPO4J_THREADS", "3");
      Ranks expected = new Ranks(task, task % 2, 4, 2, "gpu07", 15_077, secret);
      assertThat(Ranks.fromEnvironment(told(task))).isEqualTo(expected);
      assertThat(Files.readAllLines(folder.resolve("arguments-" + task)))
          .startsWith("dpo", "--model_name_or_path", "/a/model", "--dataset_name");
    }
  }

  @Test
  void processesStartedByHandMeetWithOneSecret() throws Exception {
    run(Map.of(), "sh", EXAMPLES.resolve("by-hand.sh").toString(), "dpo", "--output_dir", "out");
    String secret = told(1).get("DPO4J_SECRET");
    assertThat(secret).matches("[0-9a-f]{64}");
    for (int rank = 0; rank < 2; rank++) {
      assertThat(Ranks.fromEnvironment(told(rank)))
          .isEqualTo(new Ranks(rank, rank, 2, 2, "127.0.0.1", 29_500, secret));
      assertThat(Files.readAllLines(folder.resolve("arguments-" + rank)))
          .isEqualTo(List.of("dpo", "--output_dir", "out"));
    }
  }
}
