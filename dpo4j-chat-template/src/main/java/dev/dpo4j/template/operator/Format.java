/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import java.util.Map;

/** {@code str.format}: replacement fields with attributes, items, conversions and nested specs. */
final class Format {
  private final Evaluation in;
  private final CallArguments args;
  private final boolean markup;
  private int automatic;
  private boolean manual;

  private Format(Evaluation in, CallArguments args, boolean markup) {
    this.in = in;
    this.args = args;
    this.markup = markup;
  }

  static String format(Evaluation in, String format, CallArguments args) {
    return new Format(in, args, false).expand(format, 2);
  }

  static String formatMap(Evaluation in, String format, CallArguments args) {
    return format(in, format, mapped(args));
  }

  /** The same on markup, which escapes every value that is not markup. */
  static String formatMarkup(Evaluation in, String format, CallArguments args, String method) {
    CallArguments all = method.equals("format") ? args : mapped(args);
    return new Format(in, all, true).expand(format, 2);
  }

  private static CallArguments mapped(CallArguments args) {
    Object mapping = args.positionalOnly("format_map", 1, "mapping").get(0);
    if (!(mapping instanceof PyDict dict)) {
      throw PyError.type("format_map() needs a mapping, not " + Types.name(mapping));
    }
    Map<String, Object> named = new java.util.LinkedHashMap<>();
    for (PyDict.Entry entry : dict.entries()) {
      named.put(Text.require(entry.key(), "keywords"), entry.value());
    }
    return new CallArguments(java.util.List.of(), named);
  }

  private String expand(String format, int depth) {
    if (depth < 0) {
      throw PyError.value("Max string recursion exceeded");
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '{' && c != '}') {
        out.append(c);
        continue;
      }
      if (at < format.length() && format.charAt(at) == c) {
        out.append(c);
        at++;
        continue;
      }
      if (c == '}') {
        throw PyError.value("Single '}' encountered in format string");
      }
      int end = fieldEnd(format, at);
      out.append(field(format.substring(at, end), depth));
      in.budget().checkLength(out.length());
      at = end + 1;
    }
    return out.toString();
  }

  private static int fieldEnd(String format, int from) {
    int open = 1;
    for (int i = from; i < format.length(); i++) {
      char c = format.charAt(i);
      open += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (open == 0) {
        return i;
      }
    }
    throw PyError.value(
        from >= format.length()
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
  }

  private String field(String field, int depth) {
    int nameEnd = 0;
    boolean inBrackets = false;
    while (nameEnd < field.length()
        && (inBrackets || (field.charAt(nameEnd) != '!' && field.charAt(nameEnd) != ':'))) {
      char c = field.charAt(nameEnd++);
      inBrackets = c == '[' || (inBrackets && c != ']');
    }
    Object value = value(field.substring(0, nameEnd));
    String rest = field.substring(nameEnd);
    if (rest.startsWith("!")) {
      if (rest.length() < 2 || (rest.length() > 2 && rest.charAt(2) != ':')) {
        throw PyError.value("expected ':' after conversion specifier");
      }
      value = convert(value, rest.charAt(1));
      rest = rest.substring(2);
    }
    String spec = rest.isEmpty() ? "" : expand(rest.substring(1), depth - 1);
    return markup ? markup(value, spec) : apply(value, spec);
  }

  private String apply(Object value, String spec) {
    return spec.isEmpty() ? in.str(value) : FormatSpec.parse(spec).apply(in, value);
  }

  private String markup(Object value, String spec) {
    if (value instanceof Markup text) {
      if (!spec.isEmpty()) {
        throw PyError.value("Unsupported format specification for Markup.");
      }
      return text.text();
    }
    return Markup.escape(in, apply(value, spec));
  }

  private Object convert(Object value, char conversion) {
    return switch (conversion) {
      case 's' -> in.str(value);
      case 'r' -> Repr.repr(in, value);
      case 'a' -> Repr.ascii(Repr.repr(in, value));
      default -> throw PyError.value("Unknown conversion specifier " + conversion);
    };
  }

  private Object value(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Object value = first(name.substring(0, end), end == name.length());
    int at = end;
    while (at < name.length()) {
      if (name.charAt(at) == '.') {
        int stop = at + 1;
        while (stop < name.length() && name.charAt(stop) != '.' && name.charAt(stop) != '[') {
          stop++;
        }
        if (stop == at + 1) {
          throw PyError.value("Empty attribute in format string");
        }
        value = Attributes.attribute(in, value, name.substring(at + 1, stop));
        at = stop;
      } else {
        int stop = name.indexOf(']', at);
        if (name.charAt(at) != '[' || stop < 0) {
          throw PyError.value("Missing ']' in format string");
        }
        String key = name.substring(at + 1, stop);
        value = Attributes.item(in, value, index(key));
        at = stop + 1;
      }
    }
    return value;
  }

  private static Object index(String key) {
    boolean digits =
        !key.isEmpty() && key.length() < 10 && key.chars().allMatch(Character::isDigit);
    return digits ? (Object) Long.valueOf(key) : key;
  }

  /** The argument a field begins with; only a field that is nothing else takes part in counting. */
  private Object first(String name, boolean whole) {
    if (name.isEmpty() && whole) {
      if (manual) {
        throw PyError.value(
            "cannot switch from manual field specification to automatic field numbering");
      }
      return positional(automatic++);
    }
    if (index(name) instanceof Long number) {
      if (automatic > 0 && whole) {
        throw PyError.value(
            "cannot switch from automatic field numbering to manual field specification");
      }
      manual |= whole;
      return positional(number.intValue());
    }
    Object value = args.named().get(name);
    if (value == null) {
      throw PyError.lookup(Repr.quote(name));
    }
    return value;
  }

  private Object positional(int index) {
    if (index >= args.positional().size()) {
      throw PyError.lookup(
          "Replacement index " + index + " out of range for positional args tuple");
    }
    return args.positional().get(index);
  }
}
