/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

import java.util.Locale;

/** How bad a finding is; the worst comes first. */
public enum Severity {
  /** Rows that teach nothing or the wrong thing, or make an evaluation worthless. */
  ERROR,
  /** Rows that are probably not meant to be so. */
  WARNING,
  /** Worth knowing. */
  INFO;

  /** Returns the name for a table or JSON, such as {@code error}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
