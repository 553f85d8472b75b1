/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

/** Which of two answers is better, by their places. */
public enum Verdict {
  /** The one that was shown first. */
  FIRST("A"),
  /** The one that was shown second. */
  SECOND("B"),
  /** Neither. */
  TIE("tie");

  private final String id;

  Verdict(String id) {
    this.id = id;
  }

  /** The word of the judge for it: {@code A}, {@code B} or {@code tie}. */
  public String id() {
    return id;
  }
}
