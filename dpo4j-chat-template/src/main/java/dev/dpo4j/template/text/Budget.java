/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

/**
 * What one rendering may spend. A template comes with a model from the net: loops over loops,
 * doubling strings and endless recursion must end as an error, not as a dead trainer.
 */
public final class Budget {
  /** Longest single string, and longest output, in UTF-16 units. */
  static final int MAX_TEXT = 1 << 24;

  /** All text made while rendering; five times what the longest real conversation needs. */
  static final long MAX_TOTAL_TEXT = 1L << 28;

  /** Statements run, loop rounds and iterator steps. */
  static final long MAX_STEPS = 10_000_000;

  /** How many characters or items looked at count as one step. */
  private static final int SCANNED_PER_STEP = 64;

  /** Nested evaluations: about as deep as Python's 1000 frames let a macro call itself. */
  static final int MAX_DEPTH = 1200;

  /** Longest list a template may build. */
  public static final int MAX_ITEMS = 1_000_000;

  private long steps;
  private long scanned;
  private long text;
  private int depth;

  public void step() {
    if (++steps > MAX_STEPS) {
      throw PyError.limit("the template ran more than " + MAX_STEPS + " steps; is a loop endless?");
    }
  }

  /** Counts characters or items that are looked at without making anything. */
  public void scan(long count) {
    scanned += count;
    if (scanned > MAX_STEPS * SCANNED_PER_STEP) {
      throw PyError.limit("the template searched and compared without end; is a loop endless?");
    }
  }

  public void enter() {
    if (++depth > MAX_DEPTH) {
      throw PyError.limit(
          "maximum recursion depth exceeded: a macro, a loop or an expression nests deeper than "
              + MAX_DEPTH
              + " levels");
    }
  }

  public void leave() {
    depth--;
  }

  /** Refuses a text before it is built. */
  public void checkLength(long length) {
    if (length > MAX_TEXT) {
      throw PyError.limit("a text would grow over " + MAX_TEXT + " characters");
    }
  }

  /** Refuses a list before it is built, and counts its items as steps. */
  public void checkItems(long count) {
    if (count > MAX_ITEMS) {
      throw PyError.limit("a list would grow over " + MAX_ITEMS + " items");
    }
    steps += count;
    step();
  }

  /** Counts a text that was built. */
  public String charge(String made) {
    checkLength(made.length());
    text += made.length();
    if (text > MAX_TOTAL_TEXT) {
      throw PyError.limit(
          "the template made more than "
              + MAX_TOTAL_TEXT
              + " characters of text; is a loop endless?");
    }
    return made;
  }

  public String charge(StringBuilder made) {
    checkLength(made.length());
    return charge(made.toString());
  }
}
