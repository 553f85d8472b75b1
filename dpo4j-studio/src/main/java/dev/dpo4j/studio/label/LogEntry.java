/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.time.Instant;

/** One line of a file of decisions. Lines are only ever added. */
sealed interface LogEntry permits LogEntry.Start, Decision, LogEntry.Undo {
  /** When it happened. */
  Instant time();

  /**
   * A server was started on the file.
   *
   * @param time when
   * @param source the file of rows, as it was given
   * @param rows how many rows it has
   * @param goldRows how many gold questions there are
   * @param seed seed of sides and orders
   * @param overlap how many people shall judge each row
   */
  record Start(Instant time, String source, int rows, int goldRows, long seed, int overlap)
      implements LogEntry {}

  /**
   * A person took a decision back.
   *
   * @param time when
   * @param key whose decision on which row
   */
  record Undo(Instant time, Key key) implements LogEntry {}

  /**
   * What a person can decide once.
   *
   * @param annotator who
   * @param gold whether it is a gold question
   * @param row place in the file of rows, or of gold questions
   * @param digest what the row said
   */
  record Key(String annotator, boolean gold, int row, String digest) {}
}
