/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.constrain;

/**
 * Decides which tokens may come next in one answer. It is made for that answer and sees each of its
 * tokens once.
 */
public interface TokenFilter {
  /**
   * Gives every token that may not come next the score minus infinity.
   *
   * @param scores logits of one row, changed in place
   */
  void mask(float[] scores);

  /** Takes the chosen token into account; it is one that {@link #mask} left. */
  void accept(int id);

  /** Whether the answer is whole and nothing may follow. */
  boolean complete();
}
