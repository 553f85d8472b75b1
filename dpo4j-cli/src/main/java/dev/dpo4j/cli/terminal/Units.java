/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
public final class Units {
  private Units() {}

  /** Bytes with a decimal unit, such as {@code 8.6 GB}. */
  public static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 999.95) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %cB", value, "kMGTPE".charAt(unit));
  }

  /** A count with separators of thousands, such as {@code 134,515,008}. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** A time such as {@code 0:07}, {@code 12:34} or {@code 1:02:03}. */
  public static String time(Duration duration) {
    long seconds = duration.toSeconds();
    long minutes = seconds / 60;
    return minutes < 60
        ? String.format(Locale.ROOT, "%d:%02d", minutes, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", minutes / 60, minutes % 60, seconds % 60);
  }

  /** A rate with as many digits as matter. */
  public static String rate(double rate) {
    String format = rate >= 100 ? "%.0f" : rate >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, rate);
  }
}
