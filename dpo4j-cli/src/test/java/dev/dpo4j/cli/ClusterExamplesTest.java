/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.dist.Ranks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.dataformat.yaml.YAMLMapper;

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
  @ValueSource(strings = {"by-hand.sh", "slurm.sbatch", "spark-repository.sh", "spark-submit.sh"})
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

  @Test
  void podsOfAnIndexedJobMeetAtTheFirstOfThem() throws IOException {
    List<JsonNode> documents = documents("kubernetes-job.yaml");
    JsonNode service = documents.get(0);
    JsonNode job = documents.get(1);
    assertThat(service.path("kind").asString()).isEqualTo("Service");
    assertThat(job.path("kind").asString()).isEqualTo("Job");
    JsonNode name = job.at("/metadata/name");
    JsonNode pod = job.at("/spec/template/spec");
    assertThat(service.at("/spec/selector/job-name")).isEqualTo(name);
    assertThat(service.at("/metadata/name")).isEqualTo(pod.path("subdomain"));
    assertThat(job.at("/spec/completionMode").asString()).isEqualTo("Indexed");
    assertThat(job.at("/spec/completions")).isEqualTo(job.at("/spec/parallelism"));
    assertMounts(pod.at("/containers/0"), pod);

    assertThat(variables(pod.at("/containers/0"))).contains("JOB_COMPLETION_INDEX", Ranks.SECRET);
    List<String> command = command(pod.at("/containers/0"));
    command.replaceAll(word -> word.replace("$(JOB_COMPLETION_INDEX)", "1"));
    assertThat(started(command, Map.of()))
        .contains(
            "ranks 1 to 1 of %d,".formatted(job.at("/spec/completions").asInt()),
            "meeting at %s-0.%s:%d"
                .formatted(name.asString(), pod.path("subdomain").asString(), Ranks.DEFAULT_PORT));
  }

  @Test
  void podsOfKubeflowTakeTheirPlacesFromItsVariables() throws IOException {
    JsonNode job = documents("kubeflow-trainjob.yaml").get(0);
    assertThat(job.path("kind").asString()).isEqualTo("TrainJob");
    JsonNode trainer = job.at("/spec/trainer");
    assertThat(variables(trainer)).as("the others are Kubeflow's").containsExactly(Ranks.SECRET);
    JsonNode patch = job.at("/spec/podTemplateOverrides/0/spec");
    assertMounts(patch.at("/containers/0"), patch);

    Map<String, String> kubeflow =
        Map.of(
            "PET_NNODES", trainer.path("numNodes").asString(),
            "PET_NODE_RANK", "1",
            "PET_NPROC_PER_NODE", trainer.path("numProcPerNode").asString(),
            "PET_MASTER_ADDR", "dpo4j-node-0-0.dpo4j",
            "PET_MASTER_PORT", "29500");
    assertThat(started(command(trainer), kubeflow))
        .contains("ranks 1 to 1 of 2,", "meeting at dpo4j-node-0-0.dpo4j:29500");
  }

  private static List<JsonNode> documents(String example) throws IOException {
    try (MappingIterator<JsonNode> documents =
        YAMLMapper.shared()
            .readerFor(JsonNode.class)
            .readValues(Files.readString(EXAMPLES.resolve(example)))) {
      return documents.readAll();
    }
  }

  private static List<String> variables(JsonNode container) {
    return container.path("env").valueStream().map(one -> one.path("name").asString()).toList();
  }

  /** What is mounted is among the volumes, and all paths of the command lie in it. */
  private static void assertMounts(JsonNode container, JsonNode pod) {
    JsonNode mount = container.at("/volumeMounts/0");
    assertThat(mount.path("name")).isEqualTo(pod.at("/volumes/0/name"));
    assertThat(mount.path("mountPath").asString()).isEqualTo("/work");
  }

  private static List<String> command(JsonNode container) {
    List<String> words = new ArrayList<>();
    container.path("command").forEach(word -> words.add(word.asString()));
    container.path("args").forEach(word -> words.add(word.asString()));
    return words;
  }

  /** What launch says as it starts a pod's process; in place of training, it explains a loss. */
  private static String started(List<String> command, Map<String, String> variables) {
    assertThat(command.get(0)).isEqualTo("/opt/dpo4j/dpo4j");
    int method = command.indexOf("dpo");
    DpoConfig.binder()
        .bind(List.of(), FlagSource.parse(command.subList(method + 1, command.size())));
    List<String> arguments = new ArrayList<>(command.subList(1, method));
    arguments.addAll(List.of("explain", "sigmoid"));
    Map<String, String> environment = new HashMap<>(variables);
    environment.put(Ranks.SECRET, "a secret of this test");
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption(), environment)
            .execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isZero();
    return console.err();
  }
}
