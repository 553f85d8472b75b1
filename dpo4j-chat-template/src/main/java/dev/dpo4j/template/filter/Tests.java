/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.operator.Arithmetic;
import dev.dpo4j.template.text.CaseMapping;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.PyObject;
import dev.dpo4j.template.value.Sized;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Undefined;
import java.util.HashMap;
import java.util.Map;

/** All tests by name. */
public final class Tests {

  /** One test. */
  @FunctionalInterface
  private interface Test {
    Object apply(Evaluation in, Object value, CallArguments args);
  }

  private static final Map<String, Test> ALL = new HashMap<>();

  static {
    put("defined", value -> !(value instanceof Undefined));
    put("undefined", value -> value instanceof Undefined);
    put("none", value -> value == None.NONE);
    put("boolean", value -> value instanceof Boolean);
    put("true", value -> value.equals(true));
    put("false", value -> value.equals(false));
    put("integer", value -> Numbers.isInt(value) && !(value instanceof Boolean));
    put("float", value -> value instanceof Double);
    put("number", Numbers::is);
    put("string", Text::is);
    put("mapping", value -> value instanceof PyDict);
    put("iterable", value -> Iteration.isIterable(value) || value instanceof Sized);
    put("sequence", Iteration::isSequence);
    put("escaped", value -> value instanceof Markup);
    put("callable", Tests::isCallable);
    ALL.put("lower", (in, value, args) -> CaseMapping.isLower(in.str(value)));
    ALL.put("upper", (in, value, args) -> CaseMapping.isUpper(in.str(value)));
    ALL.put("odd", (in, value, args) -> remainder(in, value, 2L, 1L));
    ALL.put("even", (in, value, args) -> remainder(in, value, 2L, 0L));
    ALL.put(
        "divisibleby",
        (in, value, args) -> remainder(in, value, args.bind("divisibleby", 1, "num").get(0), 0L));
    ALL.put("filter", (in, value, args) -> Text.is(value) && Filters.exists(in.str(value)));
    ALL.put("test", (in, value, args) -> Text.is(value) && exists(in.str(value)));
    ALL.put(
        "sameas", (in, value, args) -> PyLogic.same(value, args.bind("sameas", 1, "other").get(0)));
    ALL.put(
        "in", (in, value, args) -> PyLogic.contains(in, args.bind("in", 1, "seq").get(0), value));
    compare("eq", "==", "equalto");
    compare("ne", "!=");
    compare("lt", "<", "lessthan");
    compare("le", "<=");
    compare("gt", ">", "greaterthan");
    compare("ge", ">=");
  }

  private Tests() {}

  public static boolean exists(String name) {
    return ALL.containsKey(name);
  }

  public static Object apply(Evaluation in, String name, Object value, CallArguments args) {
    Test test = ALL.get(name);
    if (test == null) {
      throw PyError.template("No test named '" + name + "' found.");
    }
    String text = Text.of(value);
    in.budget().scan(text == null ? 1 : text.length());
    return test.apply(in, value, args);
  }

  private static void put(String name, java.util.function.Predicate<Object> test) {
    ALL.put(
        name,
        (in, value, args) -> {
          args.bind("test_" + name, 0);
          return test.test(value);
        });
  }

  private static void compare(String name, String operator, String... aliases) {
    Test test =
        (in, value, args) -> {
          Object other = args.positionalOnly(name, 1, "other").get(0);
          return switch (operator) {
            case "==" -> PyLogic.equal(in, value, other);
            case "!=" -> !PyLogic.equal(in, value, other);
            default -> PyLogic.ordered(in, operator, value, other);
          };
        };
    ALL.put(name, test);
    ALL.put(operator, test);
    for (String alias : aliases) {
      ALL.put(alias, test);
    }
  }

  private static Object remainder(Evaluation in, Object value, Object divisor, Object wanted) {
    return PyLogic.equal(in, Arithmetic.modulo(in, value, divisor), wanted);
  }

  private static boolean isCallable(Object value) {
    return value instanceof Undefined
        || (value instanceof PyObject object && object.callable() != null);
  }
}
