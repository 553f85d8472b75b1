/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system says of this process's memory. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Path CGROUP = Path.of("/sys/fs/cgroup");

  private ProcessMemory() {}

  /** The most resident memory so far, bytes; 0 where the system does not tell. */
  public static long peakBytes() {
    return read("VmHWM:");
  }

  /** The resident memory now, bytes; 0 where the system does not tell. */
  public static long residentBytes() {
    return read("VmRSS:");
  }

  /**
   * The memory that this process can still take without swapping, bytes; 0 where the system does
   * not tell. It is what the machine has free, or what the limit of the container leaves.
   */
  public static long availableBytes() {
    long machine = read(MEMINFO, "MemAvailable:");
    long limit = number(CGROUP.resolve("memory.max"));
    // File pages count towards the limit, too, but give way.
    long used = read(CGROUP.resolve("memory.stat"), "anon ") / 1024;
    return limit > 0 && used > 0 ? Math.min(machine, Math.max(0, limit - used)) : machine;
  }

  private static long number(Path file) {
    try {
      String text = Files.isReadable(file) ? Files.readString(file).trim() : "";
      return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static long read(String key) {
    return read(STATUS, key);
  }

  private static long read(Path file, String key) {
    if (!Files.isReadable(file)) {
      return 0;
    }
    try {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }
}
