/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

/** Names and values below each other, aligned, and wrapped at the width of the terminal. */
public final class Block {
  private static final int NAME = 24;

  private final int width;
  private final int name;
  private final StringBuilder text = new StringBuilder();

  /** A block with short names. */
  public Block(int width) {
    this(width, 10);
  }

  private Block(int width, int name) {
    this.width = width;
    this.name = name;
  }

  /** A block with names as long as those of metrics. */
  public static Block ofMetrics(int width) {
    return new Block(width, NAME);
  }

  /** Adds a line. */
  public Block line(String label, String value) {
    int indent = name + 3;
    String first = "  " + TextWidth.pad(label, name) + " ";
    text.append(first).append(TextWidth.wrap(value, width, indent)).append('\n');
    return this;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
