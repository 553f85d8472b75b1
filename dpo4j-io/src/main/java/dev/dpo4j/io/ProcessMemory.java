/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the operating system says of the memory of this process, of the machine and of the container
 * (control groups of either version). Nothing is known on systems other than Linux.
 */
public final class ProcessMemory {
  private static final ProcessMemory HERE = new ProcessMemory(Path.of("/"));

  private final Path root;

  private ProcessMemory(Path root) {
    this.root = root;
  }

  /** Reads below another root, as tests do. */
  public static ProcessMemory below(Path root) {
    return new ProcessMemory(root);
  }

  /** The most resident memory of this process so far, bytes; 0 where the system does not tell. */
  public static long peakBytes() {
    return HERE.status("VmHWM");
  }

  /** The most resident memory of this process so far, bytes; empty where nobody tells. */
  public static OptionalLong peak() {
    long bytes = peakBytes();
    return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
  }

  /** The resident memory of this process now, bytes; 0 where the system does not tell. */
  public static long residentBytes() {
    return HERE.status("VmRSS");
  }

  /**
   * The memory that this process can still take without swapping, bytes; 0 where the system does
   * not tell. It is what the machine has free, or what the limit of the container leaves.
   */
  public static long availableBytes() {
    return HERE.available().orElse(0);
  }

  /** A line of this process's status, bytes; 0 where there is none. */
  long status(String name) {
    return kilobytes("proc/self/status", name).orElse(0);
  }

  /** The memory of the machine, or the limit of the container if that is lower. */
  public OptionalLong total() {
    OptionalLong machine = kilobytes("proc/meminfo", "MemTotal");
    OptionalLong limit = limit();
    return machine.isPresent() && limit.isPresent()
        ? OptionalLong.of(Math.min(machine.getAsLong(), limit.getAsLong()))
        : machine.isPresent() ? machine : limit;
  }

  /** What can be taken without swapping. */
  public OptionalLong available() {
    OptionalLong machine = kilobytes("proc/meminfo", "MemAvailable");
    OptionalLong limit = limit();
    if (limit.isEmpty()) {
      return machine;
    }
    long left = Math.max(0, limit.getAsLong() - used());
    return OptionalLong.of(machine.isPresent() ? Math.min(machine.getAsLong(), left) : left);
  }

  /** The limit of the container. */
  private OptionalLong limit() {
    return Stream.of("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
        .map(file -> text(file).strip())
        // Without a limit it says max, or a number of 19 digits.
        .filter(text -> text.matches("[0-9]{1,18}"))
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  /** Bytes that count towards the limit and cannot give way, as pages of files can. */
  private long used() {
    return Stream.of(
            find("sys/fs/cgroup/memory.stat", "(?m)^anon (\\d{1,18})$"),
            find("sys/fs/cgroup/memory/memory.stat", "(?m)^total_rss (\\d{1,18})$"))
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .findFirst()
        .orElse(0);
  }

  private OptionalLong kilobytes(String file, String name) {
    OptionalLong found = find(file, "(?m)^" + name + ":\\s+(\\d{1,15}) kB$");
    return found.isPresent() ? OptionalLong.of(found.getAsLong() * 1024) : found;
  }

  private OptionalLong find(String file, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text(file));
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }

  private String text(String file) {
    try {
      Path path = root.resolve(file);
      return Files.isReadable(path) ? Files.readString(path) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
