/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The place of a process, as launchers tell it. */
class RanksTest {
  private static Ranks of(String... pairs) {
    return Ranks.fromEnvironment(environment(pairs));
  }

  private static Map<String, String> environment(String... pairs) {
    Map<String, String> variables = new HashMap<>(Map.of("DPO4J_SECRET", "s3cret"));
    for (String pair : pairs) {
      variables.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return variables;
  }

  @Test
  void withoutVariablesThereIsOneProcess() {
    assertThat(Ranks.fromEnvironment(Map.of())).isEqualTo(Ranks.SINGLE);
    assertThat(Ranks.SINGLE.isSeveral()).isFalse();
  }

  @Test
  void torchrunTellsEverything() {
    Ranks ranks =
        of(
            "RANK=5",
            "LOCAL_RANK=1",
            "WORLD_SIZE=8",
            "LOCAL_WORLD_SIZE=4",
            "MASTER_ADDR=node0",
            "MASTER_PORT=1234");
    assertThat(ranks).isEqualTo(new Ranks(5, 1, 8, 4, "node0", 1234, "s3cret"));
  }

  @Test
  void whereThePortIsTorchrunsOwnTheNextIsTaken() {
    Ranks ranks =
        of(
            "RANK=1",
            "LOCAL_RANK=1",
            "WORLD_SIZE=2",
            "MASTER_ADDR=a",
            "MASTER_PORT=29500",
            "TORCHELASTIC_USE_AGENT_STORE=True");
    assertThat(ranks.masterPort()).isEqualTo(29501);
  }

  @Test
  void oneProcessOfTorchrunNeedsNoSecret() {
    assertThat(Ranks.fromEnvironment(Map.of("RANK", "0", "LOCAL_RANK", "0", "WORLD_SIZE", "1")))
        .isEqualTo(Ranks.SINGLE);
  }

  @Test
  void whatRanksWritePassesThroughTheEnvironment() {
    Ranks ranks = new Ranks(2, 0, 3, 1, "127.0.0.1", 4000, "word");
    assertThat(Ranks.fromEnvironment(ranks.toEnvironment())).isEqualTo(ranks);
  }

  @Test
  void kubeflowCountsPods() {
    Ranks ranks =
        of("PET_NNODES=4", "PET_NODE_RANK=3", "PET_NPROC_PER_NODE=auto", "PET_MASTER_ADDR=job-0-0");
    assertThat(ranks).isEqualTo(new Ranks(3, 0, 4, 1, "job-0-0", 29500, "s3cret"));
  }

  @Test
  void kubeflowsEndpointIsTakenWhereNoAddressIsGiven() {
    Ranks ranks = of("PET_NNODES=2", "PET_NODE_RANK=1", "PET_RDZV_ENDPOINT=head:7000");
    assertThat(ranks.masterAddr()).isEqualTo("head");
    assertThat(ranks.masterPort()).isEqualTo(7000);
  }

  @Test
  void aLaunchersLocalRankWinsOverThePodItRunsIn() {
    Ranks ranks =
        of(
            "PET_NNODES=2",
            "PET_NODE_RANK=1",
            "PET_NPROC_PER_NODE=2",
            "RANK=3",
            "LOCAL_RANK=1",
            "WORLD_SIZE=4",
            "LOCAL_WORLD_SIZE=2",
            "MASTER_ADDR=a");
    assertThat(ranks).isEqualTo(new Ranks(3, 1, 4, 2, "a", 29500, "s3cret"));
  }

  @Test
  void severalProcessesOfAPodNeedALauncher() {
    assertThatThrownBy(() -> of("PET_NNODES=2", "PET_NODE_RANK=0", "PET_NPROC_PER_NODE=2"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("PET_NPROC_PER_NODE")
        .hasMessageContaining("dpo4j launch");
  }

  @Test
  void aNumberOfPodsThatMayChangeIsRefused() {
    assertThatThrownBy(() -> of("PET_NNODES=1:4", "PET_NODE_RANK=0"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("1:4");
  }

  @Test
  void slurmTellsTasksAndNodes() {
    Ranks ranks =
        of(
            "SLURM_STEP_ID=0",
            "SLURM_PROCID=3",
            "SLURM_LOCALID=1",
            "SLURM_NTASKS=5",
            "SLURM_NODEID=1",
            "SLURM_STEP_TASKS_PER_NODE=2(x2),1",
            "SLURM_STEP_NODELIST=gpu[03-04,9]",
            "SLURM_JOB_ID=123456");
    assertThat(ranks).isEqualTo(new Ranks(3, 1, 5, 2, "gpu03", 18456, "s3cret"));
  }

  @Test
  void theScriptAroundSlurmsStepsIsOneProcess() {
    assertThat(of("SLURM_PROCID=0", "SLURM_NTASKS=4", "SLURM_JOB_ID=1")).isEqualTo(Ranks.SINGLE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "node7; node7",
        "a1,a2; a1",
        "gpu[03-07,9],login1; gpu03",
        "rack[1-2]-n[05,06]; rack1-n05",
        "login1,gpu[3-4]; login1",
        "gpu[8]; gpu8",
      })
  void theFirstNodeOfAListIsRankZeros(String list, String first) {
    assertThat(SlurmLists.firstNode(list)).isEqualTo(first);
  }

  @Test
  void withoutASecretSeveralProcessesAreRefused() {
    Map<String, String> variables =
        environment("RANK=0", "LOCAL_RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=a");
    variables.remove("DPO4J_SECRET");
    assertThatThrownBy(() -> Ranks.fromEnvironment(variables))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("DPO4J_SECRET")
        .hasMessageContaining("rank 0 of 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "RANK=x,LOCAL_RANK=0,WORLD_SIZE=2,MASTER_ADDR=a; RANK",
        "RANK=2,LOCAL_RANK=0,WORLD_SIZE=2,MASTER_ADDR=a; no rank 2 of 2",
        "RANK=-1,LOCAL_RANK=0,WORLD_SIZE=2,MASTER_ADDR=a; \"-1\"",
        "RANK=0,LOCAL_RANK=0,MASTER_ADDR=a; WORLD_SIZE",
        "RANK=0,LOCAL_RANK=0,WORLD_SIZE=2; MASTER_ADDR",
        "RANK=0,LOCAL_RANK=0,WORLD_SIZE=2,MASTER_ADDR=a,MASTER_PORT=70000; no port 70000",
        "RANK=0,LOCAL_RANK=3,WORLD_SIZE=2,MASTER_ADDR=a; on this machine",
      })
  void wrongVariablesAreNamed(String variables, String named) {
    assertThatThrownBy(() -> of(variables.split(",")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(named);
  }

  @Test
  void theSecretIsNotShown() {
    assertThat(new Ranks(0, 0, 2, 2, "a", 1, "s3cret").toString()).doesNotContain("s3cret");
  }
}
