/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The most memory that this process has held, where the system tells. */
public final class PeakMemory {
  private static final Pattern HIGH_WATER = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB");

  private PeakMemory() {}

  /** Returns bytes, or nothing on a system other than Linux. */
  public static OptionalLong now() {
    try {
      return parse(Files.readString(Path.of("/proc/self/status")));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  static OptionalLong parse(String status) {
    Matcher matcher = HIGH_WATER.matcher(status);
    return matcher.find()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)) * 1024)
        : OptionalLong.empty();
  }
}
