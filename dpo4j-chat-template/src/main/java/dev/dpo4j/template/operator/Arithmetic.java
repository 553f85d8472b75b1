/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Python's binary and unary operators on numbers, strings and sequences. */
public final class Arithmetic {
  private Arithmetic() {}

  public static Object add(Evaluation in, Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      long sum = a + b;
      return ((a ^ sum) & (b ^ sum)) < 0 ? BigInteger.valueOf(a).add(BigInteger.valueOf(b)) : sum;
    }
    if (left instanceof String a && right instanceof String b) {
      in.budget().checkLength((long) a.length() + b.length());
      return in.budget().charge(a.concat(b));
    }
    if (left instanceof Markup || right instanceof Markup) {
      if (Text.is(left) && Text.is(right)) {
        return new Markup(
            in.budget().charge(Markup.escape(in, left).concat(Markup.escape(in, right))));
      }
    } else if (Numbers.is(left) && Numbers.is(right)) {
      return numeric('+', left, right);
    } else if (left instanceof PyList a && right instanceof PyList b) {
      return new PyList(joined(in, a.items(), b.items()));
    } else if (left instanceof PyTuple a && right instanceof PyTuple b) {
      return PyTuple.of(joined(in, a.items(), b.items()));
    }
    Undefined.check(left);
    Undefined.check(right);
    if (Text.is(left)) {
      throw PyError.type("can only concatenate str (not \"" + Types.name(right) + "\") to str");
    }
    throw unsupported("+", left, right);
  }

  private static List<Object> joined(Evaluation in, List<Object> left, List<Object> right) {
    in.budget().checkItems((long) left.size() + right.size());
    List<Object> all = new ArrayList<>(left.size() + right.size());
    all.addAll(left);
    all.addAll(right);
    return all;
  }

  public static Object subtract(Object left, Object right) {
    return requireNumeric("-", left, right);
  }

  public static Object multiply(Evaluation in, Object left, Object right) {
    if (Numbers.is(left) && Numbers.is(right)) {
      return numeric('*', left, right);
    }
    if (Numbers.isInt(right) && !Numbers.is(left)) {
      return repeat(in, left, right);
    }
    if (Numbers.isInt(left) && !Numbers.is(right)) {
      return repeat(in, right, left);
    }
    Undefined.check(left);
    Undefined.check(right);
    throw unsupported("*", left, right);
  }

  private static Object repeat(Evaluation in, Object value, Object times) {
    int count = Math.max(0, Numbers.clippedInt(times));
    String text = Text.of(value);
    if (text != null) {
      in.budget().checkLength((long) text.length() * count);
      String made = in.budget().charge(text.repeat(count));
      return value instanceof Markup ? new Markup(made) : made;
    }
    if (value instanceof PyList list) {
      return new PyList(repeated(in, list.items(), count));
    }
    if (value instanceof PyTuple tuple) {
      return PyTuple.of(repeated(in, tuple.items(), count));
    }
    Undefined.check(value);
    throw unsupported("*", value, times);
  }

  private static List<Object> repeated(Evaluation in, List<Object> items, int count) {
    in.budget().checkItems((long) items.size() * count);
    List<Object> all = new ArrayList<>(items.size() * count);
    for (int i = 0; i < count && !items.isEmpty(); i++) {
      all.addAll(items);
    }
    return all;
  }

  public static Object divide(Object left, Object right) {
    requireNumbers("/", left, right);
    double divisor = Numbers.toDouble(right);
    if (divisor == 0) {
      throw PyError.arithmetic("division by zero");
    }
    return Numbers.toDouble(left) / divisor;
  }

  public static Object floorDivide(Object left, Object right) {
    return requireNumeric("//", left, right);
  }

  public static Object modulo(Evaluation in, Object left, Object right) {
    if (Text.is(left)) {
      return Printf.format(in, left, right);
    }
    return requireNumeric("%", left, right);
  }

  public static Object power(Object left, Object right) {
    requireNumbers("** or pow()", left, right);
    if (Numbers.isInt(left) && Numbers.isInt(right) && Numbers.big(right).signum() >= 0) {
      return intPower(Numbers.big(left), Numbers.big(right));
    }
    double base = Numbers.toDouble(left);
    double exponent = Numbers.toDouble(right);
    if (base == 0 && exponent < 0) {
      throw PyError.arithmetic("0.0 cannot be raised to a negative power");
    }
    if (base < 0 && exponent != Math.rint(exponent) && !Double.isInfinite(base)) {
      throw PyError.value("a negative number to a fractional power is complex: not supported");
    }
    if (base == 1) {
      return 1.0;
    }
    double result = Math.pow(base, exponent);
    if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      throw PyError.overflow("(34, 'Numerical result out of range')");
    }
    return result;
  }

  private static Object intPower(BigInteger base, BigInteger exponent) {
    if ((base.bitLength() <= 1 && base.signum() >= 0) || base.equals(BigInteger.ONE.negate())) {
      boolean odd = exponent.testBit(0);
      return exponent.signum() == 0 ? 1L : odd ? base.longValue() : Math.abs(base.longValue());
    }
    double bits = (double) base.bitLength() * exponent.doubleValue();
    if (bits > 1 << 17) {
      throw PyError.limit("a power would grow over " + (1 << 17) + " bits");
    }
    return Numbers.shrink(base.pow(exponent.intValueExact()));
  }

  public static Object negate(Object value) {
    if (value instanceof Double number) {
      return -number;
    }
    if (!Numbers.is(value)) {
      Undefined.check(value);
      throw PyError.type("bad operand type for unary -: '" + Types.name(value) + "'");
    }
    return Numbers.shrink(Numbers.big(value).negate());
  }

  public static Object plus(Object value) {
    if (value instanceof Double) {
      return value;
    }
    if (!Numbers.is(value)) {
      Undefined.check(value);
      throw PyError.type("bad operand type for unary +: '" + Types.name(value) + "'");
    }
    return Numbers.shrink(Numbers.big(value));
  }

  private static void requireNumbers(String operator, Object left, Object right) {
    if (!Numbers.is(left) || !Numbers.is(right)) {
      Undefined.check(left);
      Undefined.check(right);
      throw unsupported(operator, left, right);
    }
  }

  private static Object requireNumeric(String operator, Object left, Object right) {
    requireNumbers(operator, left, right);
    return numeric(operator.equals("//") ? '/' : operator.charAt(0), left, right);
  }

  private static Object numeric(char operator, Object left, Object right) {
    if (left instanceof Double || right instanceof Double) {
      return doubles(operator, Numbers.toDouble(left), Numbers.toDouble(right));
    }
    BigInteger a = Numbers.big(left);
    BigInteger b = Numbers.big(right);
    if (b.signum() == 0 && (operator == '/' || operator == '%')) {
      throw PyError.arithmetic("integer division or modulo by zero");
    }
    return Numbers.shrink(
        switch (operator) {
          case '+' -> a.add(b);
          case '-' -> a.subtract(b);
          case '*' -> a.multiply(b);
          case '/' -> floorDiv(a, b);
          case '%' -> a.subtract(floorDiv(a, b).multiply(b));
          default -> throw new IllegalStateException("operator " + operator);
        });
  }

  private static BigInteger floorDiv(BigInteger a, BigInteger b) {
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Object doubles(char operator, double a, double b) {
    return switch (operator) {
      case '+' -> a + b;
      case '-' -> a - b;
      case '*' -> a * b;
      case '/' -> floorDiv(a, b);
      case '%' -> floorMod(a, b);
      default -> throw new IllegalStateException("operator " + operator);
    };
  }

  /** The sign follows the divisor. */
  private static double floorMod(double a, double b) {
    if (b == 0) {
      throw PyError.arithmetic("float modulo");
    }
    double rest = a % b;
    if (rest == 0) {
      return Math.copySign(0.0, b);
    }
    return rest < 0 == b < 0 ? rest : rest + b;
  }

  private static double floorDiv(double a, double b) {
    if (b == 0) {
      throw PyError.arithmetic("float floor division by zero");
    }
    double quotient = (a - floorMod(a, b)) / b;
    if (quotient == 0) {
      return Math.copySign(0.0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static PyError unsupported(String operator, Object left, Object right) {
    return PyError.type(
        "unsupported operand type(s) for "
            + operator
            + ": '"
            + Types.name(left)
            + "' and '"
            + Types.name(right)
            + "'");
  }
}
