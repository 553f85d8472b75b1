/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows in columns; numbers stand to the right. */
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean header;

  /** A table with a line under its first row. */
  public static Table withHeader(String... titles) {
    Table table = new Table(true);
    return table.row(titles);
  }

  /** A table without titles. */
  public static Table plain() {
    return new Table(false);
  }

  private Table(boolean header) {
    this.header = header;
  }

  public Table row(String... cells) {
    rows.add(List.copyOf(Arrays.asList(cells)));
    return this;
  }

  /** Returns the lines, each with its newline. */
  public String render() {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    boolean[] numeric = new boolean[columns];
    for (int column = 0; column < columns; column++) {
      widths[column] = width(column);
      numeric[column] = numeric(column);
    }
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < rows.size(); at++) {
      text.append(line(rows.get(at), widths, numeric)).append('\n');
      if (header && at == 0) {
        text.append(rule(widths)).append('\n');
      }
    }
    return text.toString();
  }

  /** Returns the lines; the last column is broken at words where the table is wider than that. */
  public String render(int columns) {
    String text = render();
    int widest = text.lines().mapToInt(TextWidth::of).max().orElse(0);
    if (widest <= columns) {
      return text;
    }
    int last = rows.stream().mapToInt(List::size).max().orElse(0) - 1;
    int before = 0;
    for (int column = 0; column < last; column++) {
      before += width(column) + 2;
    }
    Table narrow = new Table(header);
    for (List<String> row : rows) {
      if (row.size() <= last) {
        narrow.rows.add(row);
        continue;
      }
      String[] lines = TextWidth.wrap(row.get(last), columns - before, 0).split("\n", -1);
      for (int line = 0; line < lines.length; line++) {
        List<String> cells = new ArrayList<>();
        for (int column = 0; column < last; column++) {
          cells.add(line == 0 ? row.get(column) : "");
        }
        cells.add(lines[line]);
        narrow.rows.add(cells);
      }
    }
    return narrow.render();
  }

  private int width(int column) {
    return rows.stream()
        .filter(row -> column < row.size())
        .mapToInt(row -> TextWidth.of(row.get(column)))
        .max()
        .orElse(0);
  }

  private boolean numeric(int column) {
    return rows.stream()
        .skip(header ? 1 : 0)
        .filter(row -> column < row.size())
        .allMatch(row -> row.get(column).matches("|[-+]?[0-9][0-9,.]*( ?%| [kMGTPE]?B)?"));
  }

  private static String line(List<String> row, int[] widths, boolean[] numeric) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      String cell = row.get(column);
      line.append(column == 0 ? "" : "  ");
      line.append(
          numeric[column]
              ? TextWidth.padLeft(cell, widths[column])
              : TextWidth.pad(cell, widths[column]));
    }
    return line.toString().stripTrailing();
  }

  private static String rule(int[] widths) {
    return String.join("  ", Arrays.stream(widths).mapToObj("-"::repeat).toList());
  }
}
