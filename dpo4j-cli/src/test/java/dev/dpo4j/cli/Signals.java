/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests that send signals to their children have to know. */
final class Signals {
  private static final long SIGINT = 1L << 1;

  private Signals() {}

  /**
   * Skips a test where Ctrl-C cannot reach any child: a shell starts what runs in its background
   * with SIGINT ignored, children inherit that, and the JVM then leaves it ignored.
   */
  static void assumeInterruptible() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.isReadable(status)) {
      long ignored =
          Files.readAllLines(status).stream()
              .filter(line -> line.startsWith("SigIgn:"))
              .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).trim(), 16))
              .findFirst()
              .orElse(0);
      assumeFalse((ignored & SIGINT) != 0, "SIGINT is ignored where the tests run");
    }
  }
}
