/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Python's numbers: whole ones without bound (Long where they fit, else BigInteger), doubles, and
 * booleans as 0 and 1.
 */
public final class Numbers {
  /** Python refuses to print longer whole numbers, so none longer is ever useful. */
  public static final int MAX_DIGITS = 4300;

  private static final int MAX_BITS = 1 << 16;

  private Numbers() {}

  public static boolean is(Object value) {
    return value instanceof Long
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof BigInteger;
  }

  public static boolean isInt(Object value) {
    return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
  }

  /** A whole number of any size in its canonical type. */
  public static Object shrink(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    if (value.bitLength() > MAX_BITS) {
      throw PyError.limit("a whole number would grow over " + MAX_BITS + " bits");
    }
    return value;
  }

  public static BigInteger big(Object value) {
    if (value instanceof BigInteger big) {
      return big;
    }
    if (value instanceof Boolean bool) {
      return bool ? BigInteger.ONE : BigInteger.ZERO;
    }
    return BigInteger.valueOf((Long) value);
  }

  /** A number as double; whole ones round to nearest as Python's float() does. */
  public static double toDouble(Object value) {
    if (value instanceof Double number) {
      return number;
    }
    if (value instanceof Long number) {
      return number;
    }
    double number = big(value).doubleValue();
    if (Double.isInfinite(number)) {
      throw PyError.overflow("int too large to convert to float");
    }
    return number;
  }

  /** A value used as an index, a count or a width: whole numbers only, cut to Java's int range. */
  public static int clippedInt(Object value) {
    if (!isInt(value)) {
      Undefined.check(value);
      throw PyError.type("'" + Types.name(value) + "' object cannot be interpreted as an integer");
    }
    return big(value)
        .max(BigInteger.valueOf(-Integer.MAX_VALUE))
        .min(BigInteger.valueOf(Integer.MAX_VALUE))
        .intValue();
  }

  /** A whole number as long, for ranges. */
  public static long requireLong(Object value) {
    if (!isInt(value)) {
      Undefined.check(value);
      throw PyError.type("'" + Types.name(value) + "' object cannot be interpreted as an integer");
    }
    BigInteger big = big(value);
    if (big.bitLength() >= Long.SIZE - 1) {
      throw PyError.overflow("Python int too large for a range: " + big.bitLength() + " bits");
    }
    return big.longValue();
  }

  static int compare(Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      return Long.compare(a, b);
    }
    if (isInt(left) && isInt(right)) {
      return big(left).compareTo(big(right));
    }
    if (left instanceof Double a && right instanceof Double b) {
      return Double.compare(a + 0.0, b + 0.0);
    }
    return left instanceof Double a ? compareMixed(a, right) : -compareMixed((Double) right, left);
  }

  /** Exact, as Python compares: no rounding of the whole number. */
  private static int compareMixed(double left, Object right) {
    if (Double.isInfinite(left)) {
      return left > 0 ? 1 : -1;
    }
    return new BigDecimal(left).compareTo(new BigDecimal(big(right)));
  }

  static boolean isNan(Object value) {
    return value instanceof Double number && number.isNaN();
  }

  public static String print(Object value) {
    if (value instanceof Boolean bool) {
      return bool ? "True" : "False";
    }
    if (value instanceof Double number) {
      return print(number.doubleValue());
    }
    if (value instanceof BigInteger big && big.bitLength() > MAX_DIGITS * 3) {
      String digits = big.toString();
      if (digits.length() > MAX_DIGITS + 1) {
        throw PyError.value(
            "Exceeds the limit (" + MAX_DIGITS + " digits) for integer string conversion");
      }
      return digits;
    }
    return value.toString();
  }

  /** The shortest decimal that reads back as the same double, in the layout of Python's repr. */
  public static String print(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return (value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value)) + ".0";
    }
    BigDecimal exact = new BigDecimal(Math.abs(value));
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (shortest.doubleValue() == Math.abs(value)) {
        break;
      }
    }
    shortest = shortest.stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    return (value < 0 ? "-" : "") + layout(digits, point);
  }

  private static String layout(String digits, int point) {
    if (point > 16 || point < -3) {
      int exponent = point - 1;
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String sign = exponent < 0 ? "-" : "+";
      String power = Integer.toString(Math.abs(exponent));
      return digits.charAt(0) + fraction + "e" + sign + (power.length() < 2 ? "0" : "") + power;
    }
    if (point <= 0) {
      return "0." + "0".repeat(-point) + digits;
    }
    if (digits.length() <= point) {
      return digits + "0".repeat(point - digits.length()) + ".0";
    }
    return digits.substring(0, point) + "." + digits.substring(point);
  }

  /** What {@code int(text, base)} reads, or null where Python raises ValueError. */
  public static @Nullable Object parseInt(String text, int base) {
    String body = Chars.strip(text);
    boolean negative = body.startsWith("-");
    if (negative || body.startsWith("+")) {
      body = body.substring(1);
    }
    int radix = base;
    String prefix =
        body.length() > 1 ? body.substring(0, 2).toLowerCase(java.util.Locale.ROOT) : "";
    int prefixed =
        switch (prefix) {
          case "0x" -> 16;
          case "0o" -> 8;
          case "0b" -> 2;
          default -> 0;
        };
    boolean cut = prefixed != 0 && (base == 0 || base == prefixed);
    if (cut) {
      radix = prefixed;
      body = body.substring(2);
      body = body.startsWith("_") ? body.substring(1) : body;
    } else if (base == 0) {
      radix = 10;
      if (body.startsWith("0") && !body.replaceAll("[0_]", "").isEmpty()) {
        return null;
      }
    }
    if (!digitsOnly(body, radix) || body.length() > MAX_DIGITS) {
      return null;
    }
    BigInteger value = new BigInteger(asciiDigits(body), radix);
    return shrink(negative ? value.negate() : value);
  }

  private static boolean digitsOnly(String body, int radix) {
    boolean previousDigit = false;
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      boolean digit = Character.digit(c, radix) >= 0;
      if (!digit && !(c == '_' && previousDigit)) {
        return false;
      }
      previousDigit = digit;
    }
    return previousDigit;
  }

  private static String asciiDigits(String body) {
    StringBuilder digits = new StringBuilder(body.length());
    for (int i = 0; i < body.length(); i++) {
      if (body.charAt(i) != '_') {
        int digit = Character.digit(body.charAt(i), Character.MAX_RADIX);
        digits.append(Character.forDigit(digit, Character.MAX_RADIX));
      }
    }
    return digits.toString();
  }

  /** What {@code float(text)} reads, or null where Python raises ValueError. */
  public static @Nullable Double parseDouble(String text) {
    String body = Chars.strip(text).toLowerCase(java.util.Locale.ROOT);
    String unsigned = body.startsWith("-") || body.startsWith("+") ? body.substring(1) : body;
    double sign = body.startsWith("-") ? -1 : 1;
    if (unsigned.equals("inf") || unsigned.equals("infinity")) {
      return sign * Double.POSITIVE_INFINITY;
    }
    if (unsigned.equals("nan")) {
      return Double.NaN;
    }
    if (unsigned.length() > MAX_DIGITS
        || !unsigned.matches(
            "(\\d+(_\\d+)*+\\.?(\\d+(_\\d+)*+)?|\\.\\d+(_\\d+)*+)(e[+-]?\\d+(_\\d+)*+)?")) {
      return null;
    }
    return sign * Double.parseDouble(unsigned.replace("_", ""));
  }

  /** Python's round(value, digits): exact halves go to the even digit. */
  public static double round(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value) || digits > 323) {
      return value;
    }
    if (digits < -308) {
      return value * 0;
    }
    double rounded = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).doubleValue();
    return rounded == 0 ? Math.copySign(0.0, value) : rounded;
  }

  /** The same for a whole number, where only negative digits change anything. */
  public static Object roundInt(Object value, int digits) {
    if (digits >= 0) {
      return shrink(big(value));
    }
    if (digits < -MAX_DIGITS) {
      return 0L;
    }
    return shrink(
        new BigDecimal(big(value)).setScale(digits, RoundingMode.HALF_EVEN).toBigIntegerExact());
  }

  /** int(value) of a double: cut towards zero. */
  public static Object truncate(double value) {
    if (Double.isNaN(value)) {
      throw PyError.value("cannot convert float NaN to integer");
    }
    if (Double.isInfinite(value)) {
      throw PyError.overflow("cannot convert float infinity to integer");
    }
    return shrink(new BigDecimal(value).toBigInteger());
  }
}
