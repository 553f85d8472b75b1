/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.operator.Arithmetic;
import dev.dpo4j.template.operator.Attributes;
import dev.dpo4j.template.operator.FormatSpec;
import dev.dpo4j.template.operator.Json;
import dev.dpo4j.template.operator.PrettyPrint;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyLogic;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Filters on single values: defaults, numbers, conversions, JSON. */
final class ValueFilters {
  private ValueFilters() {}

  static void addTo(Map<String, Filter> all) {
    all.put("default", ValueFilters::orDefault);
    all.put("d", ValueFilters::orDefault);
    all.put("tojson", Json::dumps);
    all.put("string", (in, value, args) -> Text.is(value) ? value : in.str(value));
    all.put("int", ValueFilters::toInt);
    all.put("float", ValueFilters::toFloat);
    all.put("abs", (in, value, args) -> abs(value, args));
    all.put("round", (in, value, args) -> round(value, args));
    all.put("filesizeformat", ValueFilters::fileSize);
    all.put("attr", ValueFilters::attr);
    all.put("pprint", (in, value, args) -> PrettyPrint.format(in, value));
    all.put("random", (in, value, args) -> refuse("random"));
    all.put("urlize", (in, value, args) -> refuse("urlize"));
  }

  private static Object refuse(String name) {
    throw PyError.security(
        "the filter '"
            + name
            + "' is not available in a chat template: it makes web pages or chance");
  }

  private static Object orDefault(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("default", 0, "default_value", "boolean");
    boolean replace = value instanceof Undefined || (bound.flag(1, false) && !PyLogic.truth(value));
    return replace ? bound.or(0, "") : value;
  }

  private static Object toInt(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("int", 0, "default", "base");
    Undefined.check(value);
    String text = Text.of(value);
    if (value instanceof Double number && !number.isNaN()) {
      return Numbers.truncate(number);
    }
    if (Numbers.isInt(value)) {
      return Arithmetic.plus(value);
    }
    Object parsed = text == null ? null : Numbers.parseInt(text, base(bound));
    if (parsed != null) {
      return parsed;
    }
    Double number = text == null ? null : Numbers.parseDouble(text);
    return number == null || number.isNaN() || number.isInfinite()
        ? bound.or(0, 0L)
        : Numbers.truncate(number);
  }

  private static int base(CallArguments.Bound bound) {
    int base = bound.intOr(1, 10);
    if (base < 0 || base == 1 || base > 36) {
      // Python raises ValueError, which the filter answers with its default for any text.
      return 10;
    }
    return base;
  }

  private static Object toFloat(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("float", 0, "default");
    Undefined.check(value);
    if (Numbers.is(value)) {
      return Numbers.toDouble(value);
    }
    String text = Text.of(value);
    Double number = text == null ? null : Numbers.parseDouble(text);
    return number == null ? bound.or(0, 0.0) : number;
  }

  private static Object abs(Object value, CallArguments args) {
    args.bind("abs", 0);
    if (!Numbers.is(value)) {
      throw PyError.type("bad operand type for abs(): '" + Types.name(value) + "'");
    }
    if (value instanceof Double number) {
      return Math.abs(number);
    }
    return Numbers.shrink(Numbers.big(value).abs());
  }

  private static Object round(Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("round", 0, "precision", "method");
    String method = Text.of(bound.or(1, "common"));
    if (method == null || !java.util.Set.of("common", "ceil", "floor").contains(method)) {
      throw PyError.template("method must be common, ceil or floor");
    }
    Undefined.check(value);
    if (!Numbers.is(value)) {
      throw PyError.type("type " + Types.name(value) + " doesn't define __round__ method");
    }
    int precision = bound.intOr(0, 0);
    if (method.equals("common")) {
      return value instanceof Double number
          ? Numbers.round(number, precision)
          : Numbers.roundInt(value, precision);
    }
    Object power = Arithmetic.power(10L, (long) precision);
    double scaled = Numbers.toDouble(value) * Numbers.toDouble(power);
    double whole = method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled);
    return Arithmetic.divide(Numbers.truncate(whole), power);
  }

  private static Object fileSize(Evaluation in, Object value, CallArguments args) {
    boolean binary = args.bind("filesizeformat", 0, "binary").flag(0, false);
    Double parsed = Numbers.is(value) ? Double.valueOf(Numbers.toDouble(value)) : parse(value);
    if (parsed == null) {
      throw PyError.value("could not convert " + Types.name(value) + " to float");
    }
    double bytes = parsed;
    int base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return "1 Byte";
    }
    if (bytes < base) {
      return Numbers.print(Numbers.truncate(bytes)) + " Bytes";
    }
    String[] units = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
    double unit = base;
    int index = 0;
    while (index < units.length - 1 && bytes >= unit * base) {
      unit *= base;
      index++;
    }
    String name =
        binary ? units[index].toUpperCase(java.util.Locale.ROOT) + "iB" : units[index] + "B";
    return FormatSpec.parse(".1f").apply(in, bytes / unit) + " " + name;
  }

  private static @Nullable Double parse(Object value) {
    Undefined.check(value);
    String text = Text.of(value);
    return text == null ? null : Numbers.parseDouble(text);
  }

  private static Object attr(Evaluation in, Object value, CallArguments args) {
    String name = Text.require(args.bind("attr", 1, "name").get(0), "attribute name");
    return Attributes.attributeOnly(in, value, name);
  }
}
