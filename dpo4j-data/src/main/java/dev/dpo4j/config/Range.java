/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

/** An interval of numbers, written {@code (0,inf)} or {@code [0,1)}. */
record Range(double low, boolean lowIncluded, double high, boolean highIncluded) {
  private static final Range ANY =
      new Range(Double.NEGATIVE_INFINITY, true, Double.POSITIVE_INFINITY, true);

  static Range parse(String text) {
    if (text.isEmpty()) {
      return ANY;
    }
    int comma = text.indexOf(',');
    return new Range(
        bound(text.substring(1, comma)),
        text.startsWith("["),
        bound(text.substring(comma + 1, text.length() - 1)),
        text.endsWith("]"));
  }

  private static double bound(String text) {
    return switch (text.strip()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text.strip());
    };
  }

  boolean contains(double value) {
    return (lowIncluded ? value >= low : value > low)
        && (highIncluded ? value <= high : value < high);
  }

  /** Returns the rule in words, such as {@code > 0} or {@code >= 0 and < 1}. */
  String rule() {
    String below = Double.isInfinite(high) ? "" : (highIncluded ? "<= " : "< ") + number(high);
    String above = Double.isInfinite(low) ? "" : (lowIncluded ? ">= " : "> ") + number(low);
    return above.isEmpty() || below.isEmpty() ? above + below : above + " and " + below;
  }

  /** Returns the rule in words, such as {@code at least 1} or {@code greater than 0}. */
  String words() {
    String below =
        Double.isInfinite(high) ? "" : (highIncluded ? "at most " : "less than ") + number(high);
    String above =
        Double.isInfinite(low) ? "" : (lowIncluded ? "at least " : "greater than ") + number(low);
    return above.isEmpty() || below.isEmpty() ? above + below : above + " and " + below;
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
