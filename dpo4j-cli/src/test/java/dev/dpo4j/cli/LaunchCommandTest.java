/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of {@code launch}. */
class LaunchCommandTest {
  private final CapturedConsole console = new CapturedConsole();

  private int launch(Map<String, String> environment, String... arguments) {
    return new Cli(console.console(), new Interruption(), environment).execute(arguments);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "launch; expected a command",
        "launch --nproc 2 launch dpo; cannot start itself",
        "launch --nproc_per_node 0 doctor; nproc_per_node: \"0\": expected a whole number from 1",
        "launch --nproc-per-node many doctor; \"many\"",
        "launch --nnodes 2 --node_rank 2 --master_addr a doctor; node_rank: \"2\"",
        "launch --nnodes 2 doctor; master_addr",
        "launch --nnodes 2 --master_addr 127.0.0.1 doctor; DPO4J_SECRET",
        "launch --master_port 70000 doctor; master_port",
        "launch --master_addr 192.0.2.7 doctor; expected an address of this machine",
        "launch --nprocs 2 doctor; --nprocs",
      })
  void wrongOptionsAreNamed(String arguments, String named) {
    assertThat(launch(Map.of(), arguments.split(" "))).isEqualTo(2);
    assertThat(console.err()).contains(named);
  }

  @Test
  void theVariablesOfKubeflowStandForTheOptions() {
    Map<String, String> pod = Map.of("PET_NNODES", "2", "PET_NODE_RANK", "5");
    assertThat(launch(pod, "launch", "doctor")).isEqualTo(2);
    assertThat(console.err()).contains("node_rank: \"5\"");
  }

  @Test
  void theProcessesRunTheCommandWithItsOwnOptions() {
    assertThat(launch(Map.of(), "launch", "--nproc_per_node", "2", "explain", "--nproc", "3"))
        .isEqualTo(2);
    assertThat(console.err())
        .contains("2 processes")
        .containsPattern("\\[rank [01]] error: .*nproc")
        .containsPattern("error: rank [01] \\(process \\d+\\) failed with exit code 2");
  }
}
