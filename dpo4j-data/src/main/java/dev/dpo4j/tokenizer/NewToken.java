/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

/**
 * A token that a vocabulary gets, as {@code tokenizer.json} describes it; it has no id yet.
 *
 * @param content its text
 * @param singleWord whether it is found only where it stands as a word of its own
 * @param lstrip whether spaces before it belong to it
 * @param rstrip whether spaces behind it belong to it
 * @param normalized whether it is looked for in the normalised text
 * @param special whether it is left out where a text is decoded for people
 */
public record NewToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {

  /** A mark, such as that of a turn. */
  public static NewToken special(String content) {
    return new NewToken(content, false, false, false, false, true);
  }

  /** A piece of text. */
  public static NewToken text(String content) {
    return new NewToken(content, false, false, false, true, false);
  }
}
