/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {
  @TempDir private Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void theStatusOfTheProcessIsInKilobytes() throws IOException {
    write("proc/self/status", "VmPeak:\t   9 kB\nVmHWM:\t    2048 kB\n");
    ProcessMemory memory = ProcessMemory.below(root);
    assertThat(memory.status("VmHWM")).isEqualTo(2_097_152);
    assertThat(memory.status("VmRSS")).isZero();
  }

  @Test
  void withoutALimitTheMachineCounts() throws IOException {
    write("proc/meminfo", "MemTotal:  4000 kB\nMemAvailable:  3000 kB\n");
    write("sys/fs/cgroup/memory.max", "max\n");
    ProcessMemory memory = ProcessMemory.below(root);
    assertThat(memory.total()).hasValue(4000 * 1024);
    assertThat(memory.available()).hasValue(3000 * 1024);
  }

  @Test
  void aContainerLeavesItsLimitWithoutWhatCannotGiveWay() throws IOException {
    write("proc/meminfo", "MemTotal:  4000 kB\nMemAvailable:  3000 kB\n");
    write("sys/fs/cgroup/memory.max", "1000000\n");
    write("sys/fs/cgroup/memory.stat", "anon 400000\nfile 300000\n");
    ProcessMemory memory = ProcessMemory.below(root);
    assertThat(memory.total()).hasValue(1_000_000);
    assertThat(memory.available()).hasValue(600_000);
  }

  @Test
  void theFirstVersionOfControlGroupsIsReadToo() throws IOException {
    write("proc/meminfo", "MemTotal:  4000 kB\nMemAvailable:  3000 kB\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000\n");
    write("sys/fs/cgroup/memory/memory.stat", "rss 1\ntotal_rss 250000\n");
    assertThat(ProcessMemory.below(root).available()).hasValue(750_000);
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(ProcessMemory.below(root).available()).hasValue(3000 * 1024);
  }

  @Test
  void whereNothingIsToldNothingIsKnown() {
    assertThat(ProcessMemory.below(root).total()).isEmpty();
    assertThat(ProcessMemory.below(root).available()).isEmpty();
  }
}
