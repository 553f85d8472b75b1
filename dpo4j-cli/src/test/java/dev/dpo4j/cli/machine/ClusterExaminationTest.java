/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.dist.Ranks;
import dev.dpo4j.io.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What doctor says of the processes of a run. */
@Timeout(120)
class ClusterExaminationTest {
  private static final ClusterExamination.Facts FACTS =
      new ClusterExamination.Facts("1.0", "17", 1_000_000, 65_536);

  private static ClusterExamination of(Map<String, String> environment, Clock clock, int seconds) {
    return new ClusterExamination(
        environment, clock, Duration.ofSeconds(seconds), Duration.ofSeconds(5));
  }

  private static Diagnosis compare(ClusterExamination.Facts other) {
    Diagnosis diagnosis = new Diagnosis();
    of(Map.of(), Clock.systemUTC(), 1).compare(diagnosis, List.of(FACTS, FACTS, other));
    return diagnosis;
  }

  private static Diagnosis examine(Map<String, String> environment, int seconds) {
    Diagnosis diagnosis = new Diagnosis();
    of(environment, Clock.systemUTC(), seconds).examine(diagnosis);
    return diagnosis;
  }

  @Test
  void oneProcessHasNoProblems() {
    Diagnosis diagnosis = examine(Map.of(), 1);
    assertThat(diagnosis.healthy()).isTrue();
    assertThat(diagnosis.sections().get("Processes")).containsEntry("this process", "one process");
  }

  @Test
  void variablesThatContradictEachOtherAreNamed() {
    Diagnosis diagnosis = examine(Map.of("RANK", "0", "LOCAL_RANK", "0", "WORLD_SIZE", "2"), 1);
    assertThat(diagnosis.healthy()).isFalse();
    assertThat(diagnosis.problems().get(0).what()).contains("DPO4J_SECRET");
  }

  @Test
  void aProcessThatIsNotReachedIsNamed() throws IOException {
    Ranks one = new Ranks(1, 0, 2, 1, "127.0.0.1", FreePort.find(), "secret");
    Diagnosis diagnosis = examine(one.toEnvironment(), 1);
    assertThat(diagnosis.healthy()).isFalse();
    assertThat(diagnosis.problems().get(0).what()).contains("did not reach rank 0");
  }

  @Test
  void processesThatReachEachOtherAreCompared() throws IOException {
    int port = FreePort.find();
    CompletableFuture<Diagnosis> zero =
        CompletableFuture.supplyAsync(
            () -> examine(new Ranks(0, 0, 2, 2, "127.0.0.1", port, "s").toEnvironment(), 100));
    Diagnosis one = new Diagnosis();
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(3));
    of(new Ranks(1, 1, 2, 2, "127.0.0.1", port, "s").toEnvironment(), ahead, 100).examine(one);
    assertThat(one.sections().get("Processes")).containsEntry("met", "2 processes");
    for (Diagnosis diagnosis : List.of(zero.join(), one)) {
      assertThat(diagnosis.problems())
          .filteredOn(problem -> problem.what().contains("the clocks of rank 1 and rank 0"))
          .hasSize(1);
    }
  }

  @Test
  void anotherVersionKeepsARunFromBeginning() {
    Diagnosis diagnosis = compare(new ClusterExamination.Facts("1.1", "17", 1_000_000, 65_536));
    assertThat(diagnosis.healthy()).isFalse();
    assertThat(diagnosis.problems().get(0).what())
        .isEqualTo("rank 2 has dpo4j 1.1, rank 0 has 1.0");
  }

  @Test
  void anotherJavaAndFewFilesAreWarnings() {
    Diagnosis diagnosis = compare(new ClusterExamination.Facts("1.0", "21", 1_004_000, 256));
    assertThat(diagnosis.healthy()).isTrue();
    assertThat(diagnosis.problems())
        .extracting(Diagnosis.Problem::what)
        .containsExactly("rank 2 has Java 21, rank 0 has 17", "rank 2 may open only 256 files");
  }

  @Test
  void aPortThatAnotherProgramHasIsNamed() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Ranks zero = new Ranks(0, 0, 2, 1, "127.0.0.1", other.getLocalPort(), "secret");
      Diagnosis diagnosis = examine(zero.toEnvironment(), 1);
      assertThat(diagnosis.healthy()).isFalse();
      assertThat(diagnosis.problems().get(0).what())
          .contains("rank 0 cannot listen at 127.0.0.1:" + other.getLocalPort());
    }
  }

  @Test
  void anAddressOfAnotherMachineIsNamed() {
    Ranks zero = new Ranks(0, 0, 2, 1, "192.0.2.7", 29_500, "secret");
    assertThat(examine(zero.toEnvironment(), 1).problems().get(0).what())
        .contains("rank 0 cannot listen at 192.0.2.7:29500", "an address of rank 0's machine");
  }

  @Test
  void whereGlooListensIsShown(@TempDir Path folder) throws IOException {
    Path range = Files.writeString(folder.resolve("range"), "40000\t41000\n");
    Diagnosis diagnosis = new Diagnosis();
    String loopback =
        NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1")).getName();
    new GlooExamination(loopback, range).examine(diagnosis, "Processes");
    assertThat(diagnosis.healthy()).isTrue();
    assertThat(diagnosis.sections().get("Processes"))
        .containsEntry("ports of Gloo", "one for each process, of 40000 to 41000")
        .hasEntrySatisfying(
            "interface of Gloo", shown -> assertThat(shown).contains(loopback, "127.0.0.1"));
  }

  @Test
  void anInterfaceThatIsNotThereKeepsARunFromBeginning() throws IOException {
    Map<String, String> environment =
        new HashMap<>(
            new Ranks(1, 0, 2, 1, "127.0.0.1", FreePort.find(), "secret").toEnvironment());
    environment.put("GLOO_SOCKET_IFNAME", "absent0");
    Diagnosis diagnosis = examine(environment, 1);
    assertThat(diagnosis.problems().get(0).fatal()).isTrue();
    assertThat(diagnosis.problems().get(0).what())
        .contains("GLOO_SOCKET_IFNAME is absent0", "this machine has");
  }
}
