/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.row.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a data set, written as the datasets library writes it: {@code train}, {@code
 * train[0:20]}, {@code train[:10%]}, {@code train[-50:]}, {@code train[:5]+train[10:15]}.
 *
 * <p>Bounds beyond the end are cut to the end. A percentage is rounded to the nearest row, halves
 * to the even one.
 *
 * @param parts the summands, in order
 */
record SplitSpec(List<Part> parts) {
  private static final Pattern PART =
      Pattern.compile("(?<name>[\\w.-]+)(\\[(?<from>-?[\\d_]+%?)?:(?<to>-?[\\d_]+%?)?])?");

  /** A range of rows: from inclusive, to exclusive. */
  record Range(int from, int to) {
    int size() {
      return Math.max(0, to - from);
    }
  }

  /**
   * One summand.
   *
   * @param name the split
   * @param from first bound as written, or null for the start
   * @param to second bound as written, or null for the end
   */
  record Part(String name, @Nullable String from, @Nullable String to) {
    /** Returns whether the number of rows must be known to find the range. */
    boolean needsTotal() {
      return isRelative(from) || isRelative(to);
    }

    /** Finds the range, given the number of rows (any large number if it is not needed). */
    Range range(int total) {
      int first = from == null ? 0 : absolute(from, total);
      int last = to == null ? total : absolute(to, total);
      return new Range(Math.min(first, total), Math.min(last, total));
    }

    private static boolean isRelative(@Nullable String bound) {
      return bound != null && (bound.startsWith("-") || bound.endsWith("%"));
    }

    private static int absolute(String bound, int total) {
      boolean percent = bound.endsWith("%");
      String digits = bound.replace("_", "").replace("%", "");
      long value = Long.parseLong(digits);
      if (percent) {
        value = (long) Math.rint(value * (double) total / 100);
      }
      return (int) (value < 0 ? Math.max(total + value, 0) : Math.min(value, Integer.MAX_VALUE));
    }
  }

  static SplitSpec parse(String text) {
    List<Part> parts = new ArrayList<>();
    for (String part : text.strip().split("\\s*\\+\\s*", -1)) {
      Matcher matcher = PART.matcher(part);
      if (!matcher.matches()
          || isTooLong(matcher.group("from"))
          || isTooLong(matcher.group("to"))) {
        throw new DataException(
            "the split \"%s\" is not understood: expected a name, optionally with a range, such as train, train[0:20], train[:10%%], train[-50:] or train[:5]+train[10:15]"
                .formatted(text));
      }
      parts.add(new Part(matcher.group("name"), matcher.group("from"), matcher.group("to")));
    }
    return new SplitSpec(parts);
  }

  private static boolean isTooLong(@Nullable String bound) {
    return bound != null && (bound.length() > 18 || !bound.matches(".*\\d.*"));
  }
}
