/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a person says about answers that stand side by side. */
enum Choice {
  /** The answer on the left is better. */
  LEFT,
  /** The answer on the right is better. */
  RIGHT,
  /** All are equally good. */
  TIE,
  /** Neither is good enough to learn from. */
  BOTH_BAD,
  /** Of more than two answers some are better than others; the ranking says which. */
  RANKED,
  /** The person does not say; somebody else may. */
  SKIP;

  /** Returns the word that stands in files and requests. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Choice> of(String word) {
    return Arrays.stream(values()).filter(choice -> choice.word().equals(word)).findFirst();
  }
}
