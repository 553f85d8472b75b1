/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.text.Normalizer;
import java.util.regex.Pattern;

/** What a name of an annotator may be. */
final class Annotators {
  /** The rule, as a person reads it. */
  static final String RULE =
      "must be 1 to 40 letters, digits, spaces and . _ - @, and start with a letter or digit";

  private static final Pattern NAME =
      Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N} ._@-]{0,39}");

  private Annotators() {}

  /** Brings different ways of typing one name together. */
  static String normalise(String name) {
    return Normalizer.normalize(name, Normalizer.Form.NFC).strip().replaceAll("\\s+", " ");
  }

  /** Tells whether a name is one, as it stands. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches() && normalise(name).equals(name);
  }
}
