/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system says of this process's memory. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** The most resident memory so far, bytes; 0 where the system does not tell. */
  public static long peakBytes() {
    return read("VmHWM:");
  }

  /** The resident memory now, bytes; 0 where the system does not tell. */
  public static long residentBytes() {
    return read("VmRSS:");
  }

  private static long read(String key) {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    try {
      for (String line : Files.readAllLines(STATUS, StandardCharsets.UTF_8)) {
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
