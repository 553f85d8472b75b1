/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code json.dumps} with the options that transformers' {@code tojson} passes on. */
public final class Json {
  private static final int MAX_DEPTH = 200;

  private final Evaluation in;
  private final boolean ascii;
  private final boolean sortKeys;
  private final boolean pretty;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final StringBuilder out = new StringBuilder();

  private Json(Evaluation in, CallArguments.Bound options) {
    this.in = in;
    this.ascii = options.flag(1, false);
    Object indentation = options.or(2, None.NONE);
    this.pretty = indentation != None.NONE;
    this.indent = indentText(in, indentation);
    Object separators = options.or(3, None.NONE);
    if (separators == None.NONE) {
      this.itemSeparator = pretty ? "," : ", ";
      this.keySeparator = ": ";
    } else {
      List<Object> pair = Iteration.list(in, separators);
      if (pair.size() != 2) {
        throw PyError.value("tojson: separators must be a pair (item, key)");
      }
      this.itemSeparator = Text.require(pair.get(0), "item separator");
      this.keySeparator = Text.require(pair.get(1), "key separator");
    }
    this.sortKeys = options.flag(4, false);
  }

  private static String indentText(Evaluation in, Object indent) {
    if (indent == None.NONE) {
      return "";
    }
    String text = Text.of(indent);
    if (text != null) {
      return text;
    }
    int width = Math.max(0, Numbers.clippedInt(indent));
    in.budget().checkLength(width);
    return " ".repeat(width);
  }

  /** The filter: value, ensure_ascii, indent, separators, sort_keys. */
  public static String dumps(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound options =
        args.prepend(value)
            .bind("tojson", 1, "x", "ensure_ascii", "indent", "separators", "sort_keys");
    Json json = new Json(in, options);
    json.write(value, 0);
    return in.budget().charge(json.out);
  }

  private void write(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw PyError.limit("tojson: nested deeper than " + MAX_DEPTH + " levels");
    }
    in.budget().step();
    in.budget().checkLength(out.length());
    String text = Text.of(value);
    if (text != null) {
      quote(text);
    } else if (value == None.NONE || value instanceof Boolean || Numbers.is(value)) {
      out.append(scalar(value));
    } else if (value instanceof PyList list) {
      writeList(list.items(), depth);
    } else if (value instanceof PyTuple tuple) {
      writeList(tuple.items(), depth);
    } else if (value instanceof PyDict dict) {
      writeDict(dict, depth);
    } else {
      throw PyError.type("Object of type " + Types.name(value) + " is not JSON serializable");
    }
  }

  private static String scalar(Object value) {
    if (value == None.NONE) {
      return "null";
    }
    if (value instanceof Boolean bool) {
      return bool ? "true" : "false";
    }
    if (value instanceof Double number && (number.isNaN() || number.isInfinite())) {
      return number.isNaN() ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
    }
    return Numbers.print(value);
  }

  private void newLine(int depth) {
    if (pretty) {
      out.append('\n');
      in.budget().checkLength((long) out.length() + (long) depth * indent.length());
      out.append(indent.repeat(depth));
    }
  }

  private void writeList(List<Object> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      out.append(i > 0 ? itemSeparator : "");
      newLine(depth + 1);
      write(items.get(i), depth + 1);
    }
    newLine(depth);
    out.append(']');
  }

  private void writeDict(PyDict dict, int depth) {
    if (dict.size() == 0) {
      out.append("{}");
      return;
    }
    List<PyDict.Entry> entries = new ArrayList<>(dict.entries());
    if (sortKeys) {
      entries = Sorting.sort(in, entries, PyDict.Entry::key);
    }
    out.append('{');
    boolean first = true;
    for (PyDict.Entry entry : entries) {
      out.append(first ? "" : itemSeparator);
      first = false;
      newLine(depth + 1);
      quote(key(entry.key()));
      out.append(keySeparator);
      write(entry.value(), depth + 1);
    }
    newLine(depth);
    out.append('}');
  }

  private static String key(Object key) {
    String text = Text.of(key);
    if (text != null) {
      return text;
    }
    if (key == None.NONE || Numbers.is(key)) {
      return scalar(key);
    }
    throw PyError.type("keys must be str, int, float, bool or None, not " + Types.name(key));
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            out.append("\\u").append(Repr.hex(c, 4));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
