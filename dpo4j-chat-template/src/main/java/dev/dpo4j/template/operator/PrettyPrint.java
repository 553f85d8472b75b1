/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import java.util.ArrayList;
import java.util.List;

/** Python's {@code pprint.pformat}: repr with sorted keys, broken at 80 columns. */
public final class PrettyPrint {
  private static final int WIDTH = 80;

  private final Evaluation in;
  private final StringBuilder out = new StringBuilder();

  private PrettyPrint(Evaluation in) {
    this.in = in;
  }

  public static String format(Evaluation in, Object value) {
    PrettyPrint print = new PrettyPrint(in);
    print.write(sorted(in, value, 0), 0, 0, false);
    return in.budget().charge(print.out);
  }

  /** The same value with the keys of every dict in order. */
  private static Object sorted(Evaluation in, Object value, int depth) {
    in.budget().step();
    if (depth > 200) {
      throw PyError.limit("pprint: nested deeper than 200 levels");
    }
    if (value instanceof PyDict dict) {
      List<PyDict.Entry> entries =
          Sorting.sort(in, new ArrayList<>(dict.entries()), PrettyPrint::sortKey);
      PyDict sorted = new PyDict();
      for (PyDict.Entry entry : entries) {
        sorted.put(entry.key(), sorted(in, entry.value(), depth + 1));
      }
      return sorted;
    }
    if (value instanceof PyList list) {
      return new PyList(list.items().stream().map(item -> sorted(in, item, depth + 1)).toList());
    }
    if (value instanceof PyTuple tuple) {
      return PyTuple.of(tuple.items().stream().map(item -> sorted(in, item, depth + 1)).toList());
    }
    return value;
  }

  /** Keys that cannot be compared sort by type, as pprint's safe key does. */
  private static Object sortKey(PyDict.Entry entry) {
    Object key = entry.key();
    return Text.is(key) || Numbers.is(key)
        ? PyTuple.of(Text.is(key) ? "str" : "number", key)
        : PyTuple.of(Types.name(key), "");
  }

  private void write(Object value, int indent, int after) {
    write(value, indent, after, true);
  }

  private void write(Object value, int indent, int after, boolean nested) {
    String flat = Repr.repr(in, value);
    in.budget().checkLength(out.length() + flat.length());
    if (Chars.length(flat) <= WIDTH - indent - after) {
      out.append(flat);
    } else if (value instanceof PyDict dict && dict.size() > 0) {
      writeDict(dict, indent, after);
    } else if (value instanceof PyList list && !list.items().isEmpty()) {
      writeItems("[", list.items(), "]", indent, after);
    } else if (value instanceof PyTuple tuple && !tuple.items().isEmpty()) {
      writeItems("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", indent, after);
    } else if (value instanceof String text) {
      writeText(text, indent + (nested ? 0 : 1), after + (nested ? 0 : 1), nested);
    } else {
      out.append(flat);
    }
  }

  /** A long string as several literals, cut at line ends and between words. */
  private void writeText(String text, int indent, int after, boolean nested) {
    List<String> chunks = new ArrayList<>();
    List<Object> lines = Splitting.lines(text, true);
    int room = WIDTH - indent;
    for (int i = 0; i < lines.size(); i++) {
      boolean lastLine = i == lines.size() - 1;
      String line = (String) lines.get(i);
      if (literalLength(line) <= room - (lastLine ? after : 0)) {
        chunks.add(line);
        continue;
      }
      List<String> words = words(line);
      String current = "";
      for (int j = 0; j < words.size(); j++) {
        String candidate = current + words.get(j);
        int left = room - (lastLine && j == words.size() - 1 ? after : 0);
        if (literalLength(candidate) > left) {
          if (!current.isEmpty()) {
            chunks.add(current);
          }
          current = words.get(j);
        } else {
          current = candidate;
        }
      }
      chunks.add(current);
    }
    boolean brackets = !nested && chunks.size() > 1;
    out.append(brackets ? "(" : "");
    for (int i = 0; i < chunks.size(); i++) {
      out.append(i > 0 ? "\n" + " ".repeat(indent) : "").append(Repr.quote(chunks.get(i)));
    }
    out.append(brackets ? ")" : "");
  }

  private static int literalLength(String text) {
    return Chars.length(Repr.quote(text));
  }

  /** Each word with the white space behind it. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= line.length(); i++) {
      boolean cut =
          i == line.length()
              || (Chars.isSpace(line.charAt(i - 1)) && !Chars.isSpace(line.charAt(i)));
      if (cut) {
        words.add(line.substring(from, i));
        from = i;
      }
    }
    return words;
  }

  private void writeDict(PyDict dict, int indent, int after) {
    out.append('{');
    int left = dict.size();
    for (PyDict.Entry entry : dict.entries()) {
      left--;
      String key = Repr.repr(in, entry.key());
      out.append(key).append(": ");
      write(entry.value(), indent + 1 + Chars.length(key) + 2, left == 0 ? after + 1 : 1);
      out.append(left == 0 ? "" : ",\n" + " ".repeat(indent + 1));
    }
    out.append('}');
  }

  private void writeItems(String open, List<Object> items, String close, int indent, int after) {
    out.append(open);
    for (int i = 0; i < items.size(); i++) {
      boolean last = i == items.size() - 1;
      write(items.get(i), indent + 1, last ? after + close.length() : 1);
      out.append(last ? "" : ",\n" + " ".repeat(indent + 1));
    }
    out.append(close);
  }
}
