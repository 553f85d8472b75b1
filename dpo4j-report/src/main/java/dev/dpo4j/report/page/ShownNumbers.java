/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.Locale;

/** Writes numbers as people read them. */
final class ShownNumbers {
  private static final double SMALL = 1e-3;
  private static final double LARGE = 1e5;

  private ShownNumbers() {}

  /** Four significant digits. */
  static String of(double value) {
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < LARGE) {
      return String.valueOf((long) value);
    }
    return size < SMALL || size >= LARGE
        ? String.format(Locale.ROOT, "%.3e", value)
        : String.format(Locale.ROOT, "%.4g", value);
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String count(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  static String bytes(double bytes) {
    double gib = 1L << 30;
    double mib = 1L << 20;
    return bytes >= gib
        ? String.format(Locale.ROOT, "%.2f GiB", bytes / gib)
        : String.format(Locale.ROOT, "%.0f MiB", bytes / mib);
  }

  static String seconds(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    return whole < 3600
        ? "%d min %d s".formatted(whole / 60, whole % 60)
        : "%d h %d min".formatted(whole / 3600, whole % 3600 / 60);
  }
}
