/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Python's format specification, {@code [[fill]align][sign][#][0][width][,][.precision][type]}, the
 * common ground of {@code str.format} and {@code %}.
 *
 * @param fill one character; "0" without an alignment is the flag that pads numbers behind the sign
 * @param align {@code <}, {@code >}, {@code ^}, {@code =} or 0 for the type's own
 * @param sign {@code +}, {@code -} or a blank
 * @param alternate {@code #}
 * @param width smallest width
 * @param grouping {@code ,}, {@code _} or 0
 * @param precision digits, or -1
 * @param type the last letter, or 0
 */
public record FormatSpec(
    String fill,
    char align,
    char sign,
    boolean alternate,
    int width,
    char grouping,
    int precision,
    char type) {
  /** Wide enough for everything but an attack. */
  static final int MAX_WIDTH = 1_000_000;

  static final int MAX_PRECISION = 2000;

  public static FormatSpec parse(String spec) {
    return new SpecParser(spec).parse();
  }

  /** format(value, spec). */
  public String apply(Evaluation in, Object value) {
    String text = Text.of(value);
    if (text != null) {
      return formatText(in, text);
    }
    if (value instanceof Boolean && isEmpty()) {
      return in.str(value);
    }
    if (Numbers.is(value)) {
      return formatNumber(in, value);
    }
    if (isEmpty()) {
      return in.str(value);
    }
    throw PyError.type("unsupported format string passed to " + Types.name(value) + ".__format__");
  }

  private boolean isEmpty() {
    boolean bare = align == 0 && sign == '-' && !alternate && grouping == 0;
    return bare && width == 0 && precision < 0 && type == 0;
  }

  private String formatText(Evaluation in, String text) {
    if (type != 0 && type != 's') {
      throw PyError.value("Unknown format code '" + type + "' for object of type 'str'");
    }
    if (align == '=' || sign != '-' || alternate || grouping != 0) {
      throw PyError.value(
          "sign, '=', '#', ',' and '_' are not allowed in a string format specifier");
    }
    String cut = text;
    if (precision >= 0 && precision < Chars.length(text)) {
      cut = text.substring(0, Chars.offset(text, precision));
    }
    return pad(in, "", cut, align == 0 ? '<' : align);
  }

  private String formatNumber(Evaluation in, Object value) {
    boolean whole = Numbers.isInt(value);
    char code = type == 0 ? (whole ? 'd' : 'r') : type;
    String body;
    if ("bcdoxXn".indexOf(code) >= 0 && whole) {
      if (precision >= 0) {
        throw PyError.value("Precision not allowed in integer format specifier");
      }
      body = wholeDigits(value, code);
    } else if ("eEfFgG%nr".indexOf(code) >= 0) {
      body = floatDigits(Numbers.toDouble(value), code);
    } else {
      throw PyError.value(
          "Unknown format code '" + code + "' for object of type '" + Types.name(value) + "'");
    }
    boolean negative = body.startsWith("-");
    String signText = negative ? "-" : sign == '-' ? "" : Character.toString(sign);
    String digits = group(negative ? body.substring(1) : body, code);
    return pad(
        in,
        signText + prefix(code, whole),
        digits,
        align != 0 ? align : fill.equals("0") ? '=' : '>');
  }

  private String prefix(char code, boolean whole) {
    return alternate && whole && "boxX".indexOf(code) >= 0 ? "0" + code : "";
  }

  static String wholeDigits(Object value, char code) {
    return switch (code) {
      case 'b' -> Numbers.big(value).toString(2);
      case 'o' -> Numbers.big(value).toString(8);
      case 'x' -> Numbers.big(value).toString(16);
      case 'X' -> Numbers.big(value).toString(16).toUpperCase(java.util.Locale.ROOT);
      case 'c' -> Character.toString(Numbers.clippedInt(value));
      default -> Numbers.print(Arithmetic.plus(value));
    };
  }

  private String group(String digits, char code) {
    if (grouping == 0) {
      return digits;
    }
    int size = "boxX".indexOf(code) >= 0 ? 4 : 3;
    int end = 0;
    while (end < digits.length() && Character.digit(digits.charAt(end), 16) >= 0) {
      end++;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < end; i++) {
      if (i > 0 && (end - i) % size == 0) {
        out.append(grouping);
      }
      out.append(digits.charAt(i));
    }
    return out.append(digits.substring(end)).toString();
  }

  /** Digits of a double with its sign, by the letter of the type; {@code r} is repr. */
  String floatDigits(double value, char code) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      String word = Numbers.print(value) + (code == '%' ? "%" : "");
      return Character.isUpperCase(code) ? word.toUpperCase(java.util.Locale.ROOT) : word;
    }
    boolean negative = value < 0 || (value == 0 && 1 / value < 0);
    BigDecimal exact = new BigDecimal(Math.abs(value));
    int digits = precision < 0 ? 6 : precision;
    String body =
        switch (Character.toLowerCase(code)) {
          case 'f' -> fixed(exact, digits);
          case '%' -> fixed(new BigDecimal(Math.abs(value) * 100), digits) + "%";
          case 'e' -> scientific(exact, digits);
          case 'g', 'n' -> general(exact, Math.max(1, digits), false);
          default ->
              precision < 0
                  ? Numbers.print(Math.abs(value))
                  : general(exact, Math.max(1, digits), true);
        };
    String cased = Character.isUpperCase(code) ? body.toUpperCase(java.util.Locale.ROOT) : body;
    return negative ? "-" + cased : cased;
  }

  private String fixed(BigDecimal value, int digits) {
    String text = value.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return alternate && digits == 0 ? text + "." : text;
  }

  private static String scientific(BigDecimal value, int digits) {
    BigDecimal rounded = value.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = value.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    String all = rounded.unscaledValue().toString();
    StringBuilder padded = new StringBuilder(value.signum() == 0 ? "0" : all);
    while (padded.length() < digits + 1) {
      padded.append('0');
    }
    String fraction = digits > 0 ? "." + padded.substring(1, digits + 1) : "";
    return padded.charAt(0) + fraction + exponent(exponent);
  }

  private static String exponent(int exponent) {
    String power = Integer.toString(Math.abs(exponent));
    return (exponent < 0 ? "e-" : "e+") + (power.length() < 2 ? "0" : "") + power;
  }

  /** Fixed or scientific, whichever is usual for the size; {@code point} keeps one digit behind. */
  private String general(BigDecimal value, int digits, boolean point) {
    BigDecimal rounded = value.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = value.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    if (exponent < -4 || exponent >= (point ? Math.max(digits - 1, 1) : digits)) {
      String text = scientific(value, digits - 1);
      int e = text.indexOf('e');
      return trimZeros(text.substring(0, e), false) + text.substring(e);
    }
    return trimZeros(fixed(value, Math.max(0, digits - 1 - exponent)), point);
  }

  private String trimZeros(String text, boolean keepOne) {
    if (text.indexOf('.') < 0 || alternate) {
      return keepOne && text.indexOf('.') < 0 ? text + ".0" : text;
    }
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    if (text.charAt(end - 1) == '.') {
      return keepOne ? text.substring(0, end) + "0" : text.substring(0, end - 1);
    }
    return text.substring(0, end);
  }

  private String pad(Evaluation in, String prefix, String body, char where) {
    int missing = width - Chars.length(body) - prefix.length();
    if (missing <= 0) {
      return prefix + body;
    }
    in.budget().checkLength((long) width * fill.length());
    int left =
        switch (where) {
          case '<' -> 0;
          case '^' -> missing / 2;
          default -> missing;
        };
    return where == '='
        ? prefix + fill.repeat(missing) + body
        : fill.repeat(left) + prefix + body + fill.repeat(missing - left);
  }

  /** Reads a specification. */
  private static final class SpecParser {
    private final String spec;
    private int at;

    SpecParser(String spec) {
      this.spec = spec;
    }

    FormatSpec parse() {
      String fill = null;
      char align = 0;
      int second = spec.isEmpty() ? 0 : spec.offsetByCodePoints(0, 1);
      if (second > 0 && second < spec.length() && isAlign(spec.charAt(second))) {
        fill = spec.substring(0, second);
        align = spec.charAt(second);
        at = second + 1;
      } else if (!spec.isEmpty() && isAlign(spec.charAt(0))) {
        align = spec.charAt(at++);
      }
      char sign = take("+- ", '-');
      boolean alternate = take("#", (char) 0) != 0;
      boolean zero = take("0", (char) 0) != 0;
      int width = Math.max(0, number("width", MAX_WIDTH));
      char grouping = take(",_", (char) 0);
      int precision = -1;
      if (take(".", (char) 0) != 0) {
        precision = number("precision", MAX_PRECISION);
        if (precision < 0) {
          throw PyError.value("Format specifier missing precision");
        }
      }
      char type = at < spec.length() ? spec.charAt(at++) : 0;
      if (at < spec.length()) {
        throw PyError.value("Invalid format specifier '" + spec + "'");
      }
      return new FormatSpec(
          filled(fill, zero), align, sign, alternate, width, grouping, precision, type);
    }

    private static String filled(@Nullable String fill, boolean zero) {
      return fill != null ? fill : zero ? "0" : " ";
    }

    private static boolean isAlign(char c) {
      return "<>^=".indexOf(c) >= 0;
    }

    private char take(String any, char otherwise) {
      return at < spec.length() && any.indexOf(spec.charAt(at)) >= 0
          ? spec.charAt(at++)
          : otherwise;
    }

    private int number(String what, int max) {
      int value = -1;
      while (at < spec.length() && spec.charAt(at) >= '0' && spec.charAt(at) <= '9') {
        value = Math.max(value, 0) * 10 + spec.charAt(at++) - '0';
        if (value > max) {
          throw PyError.limit("the " + what + " of a format is over " + max);
        }
      }
      return value;
    }
  }
}
