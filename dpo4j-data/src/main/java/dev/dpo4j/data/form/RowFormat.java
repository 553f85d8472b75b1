/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

/** The forms that rows come in; see {@code docs/reference/data-formats.md}. */
public enum RowFormat {
  /** Each row is looked at by itself. */
  AUTO,
  /** TRL's columns, whatever their texts look like. */
  TRL,
  /** {@code instruction}, {@code input}, {@code output}, or {@code chosen} and {@code rejected}. */
  ALPACA,
  /** {@code conversations} of {@code from} and {@code value}. */
  SHAREGPT,
  /** {@code messages} of {@code role} and {@code content}. */
  OPENAI,
  /** Transcripts of "Human:" and "Assistant:", as Anthropic's HH. */
  HH,
  /** A list of answers, with scores or ranks, or else with the best one first. */
  RANKED,
  /**
   * Plain texts under {@code prompt}, {@code chosen}, {@code rejected}, {@code completion} and
   * {@code system}, which become messages.
   */
  CHAT
}
