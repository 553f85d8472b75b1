/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

/** What came of a question to a model. */
public sealed interface AskOutcome<T> {
  /** The model replied with what was asked for. */
  record Answered<T>(T value) implements AskOutcome<T> {}

  /**
   * It did not, or could not be reached, in any try.
   *
   * @param why the last reason
   * @param away whether nobody took the connection, or the server had no answer (status 429 or
   *     5xx): it may answer the same later
   */
  record Failed<T>(String why, boolean away) implements AskOutcome<T> {}
}
