/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

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
}
