/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  private static final Machine SMALL =
      new Machine("Some CPU", 2, 4, List.of("sse"), 2_000_000_000L, 500_000_000L, "madvise");

  private final Path root;

  DoctorTest(@TempDir Path root) {
    this.root = root;
  }

  private void write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void theMachineIsReadFromProc() throws IOException {
    String core =
        """
        processor	: %d
        model name	: Some CPU @ 2.5GHz
        physical id	: 0
        core id		: %d
        flags		: fpu avx2 fma avx512f amx_bf16
        """;
    write("proc/cpuinfo", core.formatted(0, 0) + "\n" + core.formatted(1, 0));
    write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n");
    write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    write("sys/fs/cgroup/memory.max", "4096000000\n");
    Machine machine = Machine.read(root);
    assertThat(machine.cpu()).isEqualTo("Some CPU @ 2.5GHz");
    assertThat(machine.cores()).isEqualTo(1);
    assertThat(machine.features()).containsExactly("avx2", "fma", "avx512f", "amx_bf16");
    assertThat(machine.memory()).isEqualTo(4_096_000_000L);
    assertThat(machine.freeMemory()).isEqualTo(4_096_000_000L);
    assertThat(machine.hugePages()).isEqualTo("madvise");
  }

  @Test
  void withoutProcTheJvmIsAsked() {
    Machine machine = Machine.read(root);
    assertThat(machine.cores()).isPositive();
    assertThat(machine.memory()).isPositive();
  }

  @Test
  void everyProblemHasARemedy() {
    Diagnosis diagnosis =
        new Doctor(Map.of("OMP_NUM_THREADS", "64", "SECRET", "x"), root, "auto")
            .examine(SMALL, found -> found.broken("no engine", "install one"));
    assertThat(diagnosis.healthy()).isFalse();
    assertThat(diagnosis.problems())
        .extracting(Diagnosis.Problem::what)
        .contains(
            "only 500.0 MB of memory are free",
            "no engine",
            "OMP_NUM_THREADS is 64 on 4 processors");
    assertThat(diagnosis.render())
        .contains("OMP_NUM_THREADS         64", "    remedy: install one")
        .doesNotContain("SECRET");
  }
}
