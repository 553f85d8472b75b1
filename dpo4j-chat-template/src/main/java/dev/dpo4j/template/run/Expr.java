/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.run;

import dev.dpo4j.template.filter.Filters;
import dev.dpo4j.template.filter.Tests;
import dev.dpo4j.template.operator.Arithmetic;
import dev.dpo4j.template.operator.Attributes;
import dev.dpo4j.template.operator.Slices;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An expression of a template; each kind knows how it is evaluated. */
public sealed interface Expr {

  /** The line it stands in. */
  int line();

  Object eval(Interpreter in);

  /** A literal. */
  record Const(Object value, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return value;
    }
  }

  /** Text outside of all tags. */
  record Data(String text, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return text;
    }
  }

  /** A variable. */
  record Name(String name, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return in.lookup(name);
    }
  }

  /** The text that the filters of a filter block start from. */
  record Captured(int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return in.captured();
    }
  }

  /** {@code (a, b)}. */
  record TupleLiteral(List<Expr> items, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return PyTuple.of(evalAll(in, items));
    }
  }

  /** {@code [a, b]}. */
  record ListLiteral(List<Expr> items, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return new PyList(evalAll(in, items));
    }
  }

  /** One {@code key: value} of a dict. */
  record Pair(Expr key, Expr value) {}

  /** {@code {a: b}}. */
  record DictLiteral(List<Pair> pairs, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      PyDict dict = new PyDict();
      for (Pair pair : pairs) {
        Object key = in.eval(pair.key);
        Object value = in.eval(pair.value);
        in.at(line);
        dict.put(key, value);
      }
      return dict;
    }
  }

  /** {@code -a} and {@code +a}. */
  record Sign(boolean negative, Expr operand, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object value = in.eval(operand);
      in.at(line);
      return negative ? Arithmetic.negate(value) : Arithmetic.plus(value);
    }
  }

  /** The arithmetic operators. */
  enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    FLOOR_DIVIDE,
    MODULO,
    POWER
  }

  /** {@code a + b} and its kin. */
  record Binary(Operator operator, Expr left, Expr right, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object a = in.eval(left);
      Object b = in.eval(right);
      in.at(line);
      return switch (operator) {
        case ADD -> Arithmetic.add(in, a, b);
        case SUBTRACT -> Arithmetic.subtract(a, b);
        case MULTIPLY -> Arithmetic.multiply(in, a, b);
        case DIVIDE -> Arithmetic.divide(a, b);
        case FLOOR_DIVIDE -> Arithmetic.floorDivide(a, b);
        case MODULO -> Arithmetic.modulo(in, a, b);
        case POWER -> Arithmetic.power(a, b);
      };
    }
  }

  /** {@code a and b}: the operand that decides, not a boolean. */
  record And(Expr left, Expr right, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object first = in.eval(left);
      return PyLogic.truth(first) ? in.eval(right) : first;
    }
  }

  /** {@code a or b}. */
  record Or(Expr left, Expr right, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object first = in.eval(left);
      return PyLogic.truth(first) ? first : in.eval(right);
    }
  }

  /** {@code not a}. */
  record Not(Expr operand, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      return !in.test(operand);
    }
  }

  /** One step of a comparison chain: {@code < b}, {@code not in b}. */
  record Comparison(String operator, Expr operand) {

    boolean holds(Interpreter in, Object left, Object right) {
      return switch (operator) {
        case "==" -> PyLogic.equal(in, left, right);
        case "!=" -> !PyLogic.equal(in, left, right);
        case "in" -> PyLogic.contains(in, right, left);
        case "not in" -> !PyLogic.contains(in, right, left);
        default -> PyLogic.ordered(in, operator, left, right);
      };
    }
  }

  /** {@code a < b <= c}; stops at the first that fails. */
  record Compare(Expr first, List<Comparison> rest, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object left = in.eval(first);
      for (Comparison comparison : rest) {
        Object right = in.eval(comparison.operand);
        in.at(line);
        if (!comparison.holds(in, left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    }
  }

  /** {@code a ~ b ~ c}. */
  record Concat(List<Expr> parts, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      StringBuilder joined = new StringBuilder();
      for (Object value : evalAll(in, parts)) {
        joined.append(in.str(value));
        in.budget().checkLength(joined.length());
      }
      return in.budget().charge(joined);
    }
  }

  /** {@code a if test else b}. */
  record Conditional(Expr test, Expr then, @Nullable Expr otherwise, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      if (in.test(test)) {
        return in.eval(then);
      }
      return otherwise != null
          ? in.eval(otherwise)
          : Undefined.hint(
              "the inline if-expression on line "
                  + line
                  + " evaluated to false and no else section was defined.");
    }
  }

  /** {@code a.name}. */
  record Attribute(Expr target, String name, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object value = in.eval(target);
      in.at(line);
      return Attributes.attribute(in, value, name);
    }
  }

  /** {@code a[key]}. */
  record Item(Expr target, Expr key, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object value = in.eval(target);
      Object index = in.eval(key);
      in.at(line);
      return Attributes.item(in, value, index);
    }
  }

  /** {@code a[start:stop:step]}; a bound left out is None. */
  record Slice(Expr target, Expr start, Expr stop, Expr step, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object value = in.eval(target);
      Object from = in.eval(start);
      Object to = in.eval(stop);
      Object stride = in.eval(step);
      in.at(line);
      return Slices.slice(in, value, from, to, stride);
    }
  }

  /** {@code a(...)}. */
  record Call(Expr callee, ArgumentExpressions arguments, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object function = in.eval(callee);
      CallArguments args = arguments.eval(in);
      in.at(line);
      return in.call(function, args);
    }

    /** The same with the body of a call block as {@code caller}. */
    Object evalWithCaller(Interpreter in, Macro caller) {
      Object function = in.eval(callee);
      CallArguments args = arguments.eval(in);
      in.at(line);
      return in.call(function, args.withNamed("caller", caller));
    }
  }

  /** {@code a | name(...)}. */
  record Filtered(Expr value, String name, ArgumentExpressions arguments, int line)
      implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object input = in.eval(value);
      CallArguments args = arguments.eval(in);
      in.at(line);
      return Filters.apply(in, name, input, args);
    }
  }

  /** {@code a is name(...)}. */
  record Tested(Expr value, String name, ArgumentExpressions arguments, int line) implements Expr {
    @Override
    public Object eval(Interpreter in) {
      Object input = in.eval(value);
      CallArguments args = arguments.eval(in);
      in.at(line);
      return Tests.apply(in, name, input, args);
    }
  }

  private static List<Object> evalAll(Interpreter in, List<Expr> parts) {
    List<Object> values = new ArrayList<>(parts.size());
    for (Expr part : parts) {
      values.add(in.eval(part));
    }
    return values;
  }
}
