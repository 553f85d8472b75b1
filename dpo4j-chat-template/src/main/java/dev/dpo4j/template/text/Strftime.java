/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** {@code strftime} in the C locale, with the flags of glibc ({@code %-d}). */
public final class Strftime {
  private Strftime() {}

  public static String format(Clock clock, String format) {
    if (format.length() > 4096) {
      throw PyError.limit("the format of strftime_now is longer than 4096 characters");
    }
    // Python's datetime.now() has no zone, so %Z and %z print nothing.
    ZonedDateTime now = ZonedDateTime.now(clock);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      char flag = format.charAt(i + 1);
      boolean flagged = "-_0^#".indexOf(flag) >= 0 && i + 2 < format.length();
      char code = format.charAt(i + (flagged ? 2 : 1));
      String text = field(now, code, flagged ? flag : ' ');
      out.append(text == null ? format.substring(i, i + (flagged ? 3 : 2)) : text);
      i += flagged ? 2 : 1;
    }
    return out.toString();
  }

  private static @org.jspecify.annotations.Nullable String field(
      ZonedDateTime now, char code, char flag) {
    return switch (code) {
      case 'Y' -> Integer.toString(now.getYear());
      case 'G' -> Integer.toString(now.get(IsoFields.WEEK_BASED_YEAR));
      case 'C' -> number(now.getYear() / 100, 2, '0', flag);
      case 'y' -> number(now.getYear() % 100, 2, '0', flag);
      case 'm' -> number(now.getMonthValue(), 2, '0', flag);
      case 'd' -> number(now.getDayOfMonth(), 2, '0', flag);
      case 'e' -> number(now.getDayOfMonth(), 2, ' ', flag);
      case 'H' -> number(now.getHour(), 2, '0', flag);
      case 'k' -> number(now.getHour(), 2, ' ', flag);
      case 'I' -> number(now.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, '0', flag);
      case 'l' -> number(now.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, ' ', flag);
      case 'M' -> number(now.getMinute(), 2, '0', flag);
      case 'S' -> number(now.getSecond(), 2, '0', flag);
      case 'f' -> number(now.getNano() / 1000, 6, '0', ' ');
      case 'j' -> number(now.getDayOfYear(), 3, '0', flag);
      case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
      case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
      case 'U' -> number(week(now, now.getDayOfWeek().getValue() % 7), 2, '0', flag);
      case 'W' -> number(week(now, now.getDayOfWeek().getValue() - 1), 2, '0', flag);
      case 'V' -> number(now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
      case 's' -> Long.toString(now.toEpochSecond());
      case 'p' -> cased(name(now, "a").toUpperCase(Locale.ROOT), flag);
      case 'P' -> name(now, "a").toLowerCase(Locale.ROOT);
      case 'a' -> cased(name(now, "EEE"), flag);
      case 'A' -> cased(name(now, "EEEE"), flag);
      case 'b', 'h' -> cased(name(now, "MMM"), flag);
      case 'B' -> cased(name(now, "MMMM"), flag);
      case 'Z', 'z' -> "";
      case 'n' -> "\n";
      case 't' -> "\t";
      case '%' -> "%";
      default -> composed(now, code);
    };
  }

  private static @org.jspecify.annotations.Nullable String composed(ZonedDateTime now, char code) {
    return switch (code) {
      case 'c' ->
          name(now, "EEE MMM ")
              + number(now.getDayOfMonth(), 2, ' ', ' ')
              + name(now, " HH:mm:ss yyyy");
      case 'D', 'x' -> name(now, "MM/dd/yy");
      case 'F' -> name(now, "yyyy-MM-dd");
      case 'T', 'X' -> name(now, "HH:mm:ss");
      case 'R' -> name(now, "HH:mm");
      case 'r' -> name(now, "hh:mm:ss a").toUpperCase(Locale.ROOT);
      default -> null;
    };
  }

  private static int week(ZonedDateTime now, int dayOfWeek) {
    return (now.getDayOfYear() + 6 - dayOfWeek) / 7;
  }

  private static String name(ZonedDateTime now, String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
  }

  private static String cased(String text, char flag) {
    return flag == '^' ? text.toUpperCase(Locale.ROOT) : text;
  }

  private static String number(int value, int width, char pad, char flag) {
    char fill = flag == '_' ? ' ' : flag == '0' ? '0' : pad;
    String digits = Integer.toString(value);
    return flag == '-'
        ? digits
        : Character.toString(fill).repeat(Math.max(0, width - digits.length())) + digits;
  }
}
