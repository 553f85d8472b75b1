/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.row.DataException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a file of decisions is about.
 *
 * @param name the file as it is shown
 * @param source the file of rows, as it was given
 * @param rows rows to be judged
 * @param decisions decisions that were not taken back
 * @param overlap people who judge each row
 * @param seed seed of sides and orders
 */
public record LabelProject(
    String name, String source, int rows, int decisions, int overlap, long seed) {
  private static final int LONGEST_START = 4096;

  /** Reads a file; empty where it is none of decisions, or cannot be read as one. */
  public static Optional<LabelProject> read(String name, Path file) {
    if (!name.endsWith(".jsonl") || !beginsAsOne(file)) {
      return Optional.empty();
    }
    try {
      DecisionFile read = DecisionFile.read(file, false);
      LogEntry.Start start = null;
      for (LogEntry entry : read.entries()) {
        if (entry instanceof LogEntry.Start one) {
          start = one;
        }
      }
      return start == null
          ? Optional.empty()
          : Optional.of(
              new LabelProject(
                  name,
                  start.source(),
                  start.rows(),
                  read.decisions().size(),
                  start.overlap(),
                  start.seed()));
    } catch (DataException e) {
      return Optional.empty();
    }
  }

  /** The first line of such a file tells of a start; rows of data are seldom so. */
  private static boolean beginsAsOne(Path file) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      char[] head = new char[LONGEST_START];
      int read = in.read(head);
      return read > 0 && new String(head, 0, read).startsWith("{\"type\":\"start\"");
    } catch (IOException e) {
      return false;
    }
  }
}
