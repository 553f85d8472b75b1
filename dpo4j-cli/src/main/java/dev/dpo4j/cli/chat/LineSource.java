/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import org.jspecify.annotations.Nullable;

/** Where the lines of a person come from: a terminal, or a pipe. */
interface LineSource extends AutoCloseable {
  /** Characters of the longest question: more than any model reads, and far less than the heap. */
  int LONGEST = 4 << 20;

  /**
   * Reads a line.
   *
   * @param prompt stands before the line where a person types it
   * @return the line without its end; the empty text where the person gave the line up; null at the
   *     end
   */
  @Nullable String read(String prompt);

  /** Returns the columns of the screen on which the lines are typed, or 0 where there is none. */
  int columns();

  /** Does something when the person presses Ctrl-C during an answer. */
  void onInterrupt(Runnable action);

  @Override
  void close();
}
