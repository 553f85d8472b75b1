/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.Locale;

/** Which answer of a row a decision calls the best one, wherever it stood on the page. */
enum BestAnswer {
  /** The first answer of the row is better. */
  FIRST,
  /** The second answer of the row is better. */
  SECOND,
  /** The third answer of the row is better than all others. */
  THIRD,
  /** The fourth answer of the row is better than all others. */
  FOURTH,
  /** The fifth answer of the row is better than all others. */
  FIFTH,
  /** The sixth answer of the row is better than all others. */
  SIXTH,
  /** All are equally good. */
  TIE,
  /** Neither is good enough to learn from. */
  BOTH_BAD;

  /** Returns the verdict for one answer. */
  static BestAnswer of(int answer) {
    return values()[answer];
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
