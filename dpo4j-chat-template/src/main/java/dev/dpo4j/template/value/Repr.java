/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.value;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import java.math.BigInteger;
import java.util.List;

/** Writes values as Python's str() and repr() do. */
public final class Repr {
  private static final int MAX_DEPTH = 200;

  private final Evaluation in;
  private final StringBuilder out = new StringBuilder();

  private Repr(Evaluation in) {
    this.in = in;
  }

  public static String str(Evaluation in, Object value) {
    String text = Text.of(value);
    if (text != null) {
      return text;
    }
    return value instanceof Undefined ? "" : repr(in, value);
  }

  public static String repr(Evaluation in, Object value) {
    Repr repr = new Repr(in);
    repr.write(value, 0);
    return in.budget().charge(repr.out);
  }

  /** A short form for error messages; containers are only named. */
  public static String brief(Object value) {
    String text = Text.of(value);
    if (text != null) {
      return quote(text.length() > 80 ? text.substring(0, 80) : text);
    }
    if (value instanceof None) {
      return "None";
    }
    return Numbers.is(value) && !(value instanceof BigInteger)
        ? Numbers.print(value)
        : "a " + Types.name(value);
  }

  private void write(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw PyError.limit("maximum recursion depth exceeded while getting the repr of an object");
    }
    in.budget().checkLength(out.length());
    if (value instanceof String text) {
      out.append(quote(text));
    } else if (value instanceof None) {
      out.append("None");
    } else if (Numbers.is(value)) {
      out.append(Numbers.print(value));
    } else if (value instanceof PyList list) {
      writeItems("[", list.items(), "]", depth);
    } else if (value instanceof PyTuple tuple) {
      writeItems("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", depth);
    } else if (value instanceof PyDict dict) {
      writeDict(dict, depth);
    } else if (value instanceof Markup markup) {
      out.append("Markup(").append(quote(markup.text())).append(')');
    } else if (value instanceof DictView view) {
      writeItems(view.kind().typeName + "([", view.list(), "])", depth);
    } else if (value instanceof PyRange range) {
      out.append("range(").append(range.start()).append(", ").append(range.stop());
      out.append(range.step() == 1 ? ")" : ", " + range.step() + ")");
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ");
      writeDict(namespace.attributes(), depth + 1);
      out.append('>');
    } else if (value instanceof PyObject object) {
      out.append(object.print(in));
    } else {
      out.append(value instanceof Undefined ? "Undefined" : "<" + Types.name(value) + " object>");
    }
  }

  private void writeItems(String open, List<Object> items, String close, int depth) {
    out.append(open);
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(", ");
      }
      write(items.get(i), depth + 1);
    }
    out.append(close);
  }

  private void writeDict(PyDict dict, int depth) {
    out.append('{');
    boolean first = true;
    for (PyDict.Entry entry : dict.entries()) {
      out.append(first ? "" : ", ");
      first = false;
      write(entry.key(), depth + 1);
      out.append(": ");
      write(entry.value(), depth + 1);
    }
    out.append('}');
  }

  /** A string literal: single quotes unless only they occur inside. */
  public static String quote(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(quote);
          } else if (Chars.isPrintable(c)) {
            out.appendCodePoint(c);
          } else {
            out.append(escape(c));
          }
        }
      }
    }
    return out.append(quote).toString();
  }

  /** A code point as Python's backslash escape. */
  public static String escape(int c) {
    if (c < 0x100) {
      return "\\x" + hex(c, 2);
    }
    return c < 0x10000 ? "\\u" + hex(c, 4) : "\\U" + hex(c, 8);
  }

  /** A number in hexadecimal digits, zeros in front. */
  public static String hex(int value, int digits) {
    String text = Integer.toHexString(value);
    return "0".repeat(digits - text.length()) + text;
  }

  /** The same with every character outside ASCII escaped: Python's ascii(). */
  public static String ascii(String repr) {
    StringBuilder out = new StringBuilder(repr.length());
    repr.codePoints()
        .forEach(
            c -> {
              if (c < 0x80) {
                out.append((char) c);
              } else {
                out.append(escape(c));
              }
            });
    return out.toString();
  }
}
