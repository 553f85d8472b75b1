/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyRange;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.math.BigInteger;
import java.util.List;

/** Python's {@code text % values}. */
public final class Printf {
  private final Evaluation in;
  private final String format;
  private final Object values;
  private final List<Object> queue;
  private final boolean markup;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int used;
  private boolean named;

  private Printf(Evaluation in, String format, Object values, boolean markup) {
    this.in = in;
    this.format = format;
    this.values = values;
    this.markup = markup;
    this.queue = values instanceof PyTuple tuple ? tuple.items() : List.of(values);
  }

  public static Object format(Evaluation in, Object format, Object values) {
    boolean markup = format instanceof Markup;
    String text = Text.require(format, "format");
    String made = in.budget().charge(new Printf(in, text, values, markup).run());
    return markup ? new Markup(made) : made;
  }

  private StringBuilder run() {
    while (at < format.length()) {
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        break;
      }
      out.append(format, at, percent);
      at = percent + 1;
      conversion();
      in.budget().checkLength(out.length());
    }
    out.append(format, at, format.length());
    boolean mapping =
        !(values instanceof PyTuple || Text.is(values))
            && (values instanceof PyRange || Iteration.isSequence(values));
    if (!named && used < queue.size() && !(mapping && used == 0)) {
      throw PyError.type("not all arguments converted during string formatting");
    }
    return out;
  }

  private void conversion() {
    Object picked = null;
    if (peek() == '(') {
      picked = namedValue();
    }
    boolean left = false;
    boolean zero = false;
    boolean alternate = false;
    char sign = '-';
    for (char flag = peek(); "-+ #0".indexOf(flag) >= 0; flag = peek()) {
      at++;
      switch (flag) {
        case '-' -> left = true;
        case '0' -> zero = true;
        case '#' -> alternate = true;
        case '+' -> sign = '+';
        default -> sign = sign == '+' ? '+' : ' ';
      }
    }
    int width = count(FormatSpec.MAX_WIDTH);
    if (width == Integer.MIN_VALUE) {
      width = 0;
    }
    if (width < 0) {
      left = true;
      width = -width;
    }
    int precision = -1;
    if (peek() == '.') {
      at++;
      precision = Math.max(0, count(FormatSpec.MAX_PRECISION));
    }
    while ("hlL".indexOf(peek()) >= 0) {
      at++;
    }
    char type = peek();
    at++;
    if (type == '%') {
      out.append('%');
      return;
    }
    Object value = picked == null ? next() : picked;
    boolean padZero = zero && !left;
    FormatSpec spec =
        new FormatSpec(
            padZero ? "0" : " ",
            left ? '<' : padZero ? '=' : '>',
            sign,
            alternate,
            width,
            (char) 0,
            precision,
            type);
    out.append(convert(spec, value));
  }

  private char peek() {
    if (at >= format.length()) {
      throw PyError.value("incomplete format");
    }
    return format.charAt(at);
  }

  private Object namedValue() {
    int depth = 0;
    int start = at + 1;
    do {
      char c = peek();
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      at++;
    } while (depth > 0);
    if (!(values instanceof PyDict dict)) {
      throw PyError.type("format requires a mapping");
    }
    named = true;
    Object value = dict.get(format.substring(start, at - 1));
    if (value == null) {
      throw PyError.lookup("'" + format.substring(start, at - 1) + "'");
    }
    return value;
  }

  /** A literal number, a star, or MIN_VALUE for none. */
  private int count(int max) {
    if (peek() == '*') {
      at++;
      int value = Numbers.clippedInt(next());
      if (Math.abs(value) > max) {
        throw PyError.limit("a width or precision of a format is over " + max);
      }
      return value;
    }
    int value = Integer.MIN_VALUE;
    while (peek() >= '0' && peek() <= '9') {
      value = Math.max(value, 0) * 10 + peek() - '0';
      at++;
      if (value > max) {
        throw PyError.limit("a width or precision of a format is over " + max);
      }
    }
    return value;
  }

  private Object next() {
    if (used >= queue.size()) {
      throw PyError.type("not enough arguments for format string");
    }
    return queue.get(used++);
  }

  private String convert(FormatSpec spec, Object value) {
    return switch (spec.type()) {
      case 's' -> text(spec, markup ? Markup.escape(in, value) : in.str(value));
      case 'r' -> text(spec, escaped(Repr.repr(in, value)));
      case 'a' -> text(spec, escaped(Repr.ascii(Repr.repr(in, value))));
      case 'c' -> text(spec, character(value));
      case 'd', 'i', 'u' -> whole(spec, decimal(value), 'd');
      case 'o', 'x', 'X' -> whole(spec, integer(spec, value), spec.type());
      case 'e', 'E', 'f', 'F', 'g', 'G' -> floating(spec, value);
      default ->
          throw PyError.value(
              "unsupported format character '" + spec.type() + "' at index " + (at - 1));
    };
  }

  private String escaped(String repr) {
    return markup ? Markup.escape(in, repr) : repr;
  }

  private String text(FormatSpec spec, String text) {
    char align = spec.align() == '=' ? '>' : spec.align();
    return new FormatSpec(" ", align, '-', false, spec.width(), (char) 0, spec.precision(), 's')
        .apply(in, text);
  }

  private static String character(Object value) {
    String text = Text.of(value);
    if (text != null && Chars.length(text) == 1) {
      return text;
    }
    if (text != null || !Numbers.isInt(value)) {
      throw PyError.type("%c requires int or char");
    }
    int c = Numbers.clippedInt(value);
    if (!Character.isValidCodePoint(c)) {
      throw PyError.overflow("%c arg not in range(0x110000)");
    }
    return Character.toString(c);
  }

  private static Object decimal(Object value) {
    if (!Numbers.is(value)) {
      throw PyError.type("%d format: a real number is required, not " + Types.name(value));
    }
    return value instanceof Double number ? Numbers.truncate(number) : Arithmetic.plus(value);
  }

  private static Object integer(FormatSpec spec, Object value) {
    if (!Numbers.isInt(value)) {
      throw PyError.type(
          "%" + spec.type() + " format: an integer is required, not " + Types.name(value));
    }
    return Arithmetic.plus(value);
  }

  private String whole(FormatSpec spec, Object value, char code) {
    BigInteger number = Numbers.big(value);
    String digits = FormatSpec.wholeDigits(Numbers.shrink(number.abs()), code);
    if (digits.length() < spec.precision()) {
      digits = "0".repeat(spec.precision() - digits.length()) + digits;
    }
    String prefix = spec.alternate() && code != 'd' ? "0" + code : "";
    return padded(spec, number.signum() < 0, prefix, digits);
  }

  private String floating(FormatSpec spec, Object value) {
    if (!Numbers.is(value)) {
      Undefined.check(value);
      throw PyError.type("must be real number, not " + Types.name(value));
    }
    String digits = spec.floatDigits(Numbers.toDouble(value), spec.type());
    boolean negative = digits.startsWith("-");
    return padded(spec, negative, "", negative ? digits.substring(1) : digits);
  }

  private static String padded(FormatSpec spec, boolean negative, String prefix, String digits) {
    String lead =
        (negative ? "-" : spec.sign() == '-' ? "" : Character.toString(spec.sign())) + prefix;
    int missing = Math.max(0, spec.width() - lead.length() - digits.length());
    return switch (spec.align()) {
      case '<' -> lead + digits + " ".repeat(missing);
      case '=' -> lead + "0".repeat(missing) + digits;
      default -> " ".repeat(missing) + lead + digits;
    };
  }
}
