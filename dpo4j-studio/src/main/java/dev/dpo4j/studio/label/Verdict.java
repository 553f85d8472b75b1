/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.Locale;

/** What a decision means for the two answers of a row, whichever side they stood on. */
enum Verdict {
  /** The first answer of the row is better. */
  FIRST,
  /** The second answer of the row is better. */
  SECOND,
  /** Both are equally good. */
  TIE,
  /** Neither is good enough to learn from. */
  BOTH_BAD;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
