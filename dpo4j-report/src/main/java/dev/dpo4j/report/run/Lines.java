/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import dev.dpo4j.io.SmallFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens text that may end anywhere, also within a character: what is none becomes a mark. */
final class Lines {
  private Lines() {}

  static BufferedReader open(Path file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
  }

  static String text(Path file) throws IOException {
    return new String(SmallFile.read(file), StandardCharsets.UTF_8);
  }
}
