/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

/** Whether only what the assistant says is learnt. */
public enum AssistantOnly {
  /** Only that; a plain text, which has no assistant, is refused. */
  TRUE,
  /** All of a conversation, and of a prompt with its completion the completion. */
  FALSE,
  /**
   * All that the assistant says in messages, also before the last answer; of a plain text with a
   * prompt the completion, and of another plain text all.
   */
  AUTO
}
