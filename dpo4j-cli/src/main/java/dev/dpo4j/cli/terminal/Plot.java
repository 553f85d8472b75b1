/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A curve drawn with characters.
 *
 * <p>With Unicode every character holds 2 x 4 dots of Braille, else one asterisk.
 */
public final class Plot {
  private static final int[][] DOTS = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

  private final int width;
  private final int height;
  private final boolean unicode;

  /**
   * Lays out a plot.
   *
   * @param width characters of the curve, without the labels
   * @param height lines of the curve
   */
  public Plot(int width, int height, boolean unicode) {
    this.width = width;
    this.height = height;
    this.unicode = unicode;
  }

  /**
   * Returns the lines of a plot of {@code values} over their index.
   *
   * @param title the first line
   * @param values the curve; what is not finite is left out
   * @param firstX the label under the first value
   * @param lastX the label under the last value
   */
  public String draw(String title, double[] values, String firstX, String lastX) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low > high) {
      return title + "\n(nothing to plot)\n";
    }
    if (low == high) {
      low -= 0.5;
      high += 0.5;
    }
    boolean[][] dots = dots(values, low, high);
    return frame(title, dots, low, high, firstX, lastX);
  }

  private boolean[][] dots(double[] values, double low, double high) {
    int columns = unicode ? 2 * width : width;
    int rows = unicode ? 4 * height : height;
    boolean[][] dots = new boolean[columns][rows];
    int before = -1;
    for (int column = 0; column < columns; column++) {
      double value = at(values, column, columns);
      if (!Double.isFinite(value)) {
        before = -1;
        continue;
      }
      int row = (int) Math.round((high - value) / (high - low) * (rows - 1));
      int from = before < 0 ? row : before + Integer.signum(row - before);
      // The steps between two columns are filled, so that a steep curve stays whole.
      for (int y = Math.min(from, row); y <= Math.max(from, row); y++) {
        dots[column][y] = true;
      }
      before = row;
    }
    return dots;
  }

  /** Several values of a column are averaged; between two values the line is straight. */
  private static double at(double[] values, int column, int columns) {
    if (values.length == 1 || columns == 1) {
      return values[0];
    }
    double from = (double) column * (values.length - 1) / (columns - 1);
    double half = Math.max(0, 0.5 * (values.length - 1) / (columns - 1) - 0.5);
    int first = (int) Math.max(0, Math.ceil(from - half));
    int last = (int) Math.min(values.length - 1, Math.floor(from + half));
    if (half > 0 && last > first) {
      double sum = 0;
      for (int i = first; i <= last; i++) {
        sum += values[i];
      }
      return sum / (last - first + 1);
    }
    int left = (int) Math.min(values.length - 2, Math.floor(from));
    double share = from - left;
    // A weight of 0 must not spread a value that is not finite.
    return share == 0
        ? values[left]
        : share == 1 ? values[left + 1] : values[left] * (1 - share) + values[left + 1] * share;
  }

  private String frame(
      String title, boolean[][] dots, double low, double high, String firstX, String lastX) {
    String top = label(high, high - low);
    String bottom = label(low, high - low);
    int margin = Math.max(top.length(), bottom.length());
    List<String> lines = new ArrayList<>();
    lines.add(" ".repeat(margin) + "  " + title);
    for (int line = 0; line < height; line++) {
      String text = line == 0 ? top : line == height - 1 ? bottom : "";
      lines.add(TextWidth.padLeft(text, margin) + (unicode ? " \u2524" : " |") + row(dots, line));
    }
    String axis = unicode ? " \u2514" + "\u2500".repeat(width) : " +" + "-".repeat(width);
    lines.add(" ".repeat(margin) + axis);
    int gap = Math.max(1, width - firstX.length() - lastX.length());
    lines.add(" ".repeat(margin + 2) + firstX + " ".repeat(gap) + lastX);
    return String.join("\n", lines.stream().map(String::stripTrailing).toList()) + "\n";
  }

  private String row(boolean[][] dots, int line) {
    StringBuilder row = new StringBuilder();
    for (int x = 0; x < width; x++) {
      if (!unicode) {
        row.append(dots[x][line] ? '*' : ' ');
        continue;
      }
      int braille = 0;
      for (int dx = 0; dx < 2; dx++) {
        for (int dy = 0; dy < 4; dy++) {
          braille |= dots[2 * x + dx][4 * line + dy] ? DOTS[dx][dy] : 0;
        }
      }
      row.append(braille == 0 ? ' ' : (char) (0x2800 + braille));
    }
    return row.toString();
  }

  /** As many digits as tell the ends of the axis apart. */
  private static String label(double value, double span) {
    int digits = (int) Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(span))));
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
