/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.Map;

/**
 * One preference: a prompt with an answer that was chosen over another.
 *
 * <p>Whatever form the row had, the prompt is explicit here and not repeated in the answers.
 */
public sealed interface PreferencePair permits TextPair, ChatPair {
  /** Returns where the row came from. */
  RowInfo info();

  /** Returns whether an answer says nothing. */
  boolean hasEmptyAnswer();

  /** Returns whether both answers are the same. */
  boolean isIdentical();

  /** Returns the columns of a row that is read as this pair again; the map can be changed. */
  Map<String, Object> columns();
}
