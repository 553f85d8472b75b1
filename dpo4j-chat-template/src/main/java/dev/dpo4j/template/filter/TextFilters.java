/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.filter;

import dev.dpo4j.template.operator.Html;
import dev.dpo4j.template.operator.Printf;
import dev.dpo4j.template.operator.Splitting;
import dev.dpo4j.template.operator.StringMethods;
import dev.dpo4j.template.operator.TextWrap;
import dev.dpo4j.template.text.CaseMapping;
import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.Numbers;
import dev.dpo4j.template.value.PyDict;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Repr;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import dev.dpo4j.template.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Filters on text. */
final class TextFilters {
  private static final String HEX = "0123456789ABCDEF";

  private TextFilters() {}

  static void addTo(Map<String, Filter> all) {
    all.put("upper", mapping("upper", CaseMapping::upper));
    all.put("lower", mapping("lower", CaseMapping::lower));
    all.put("capitalize", mapping("capitalize", CaseMapping::capitalize));
    all.put("title", (in, value, args) -> title(in, value, args));
    all.put("trim", TextFilters::trim);
    all.put("replace", TextFilters::replace);
    all.put("indent", TextFilters::indent);
    all.put("center", TextFilters::center);
    all.put("truncate", TextFilters::truncate);
    all.put("wordcount", (in, value, args) -> wordCount(in, value, args));
    all.put("wordwrap", TextFilters::wordWrap);
    all.put("format", TextFilters::format);
    all.put("safe", (in, value, args) -> new Markup(in.str(value)));
    all.put("escape", TextFilters::escape);
    all.put("e", TextFilters::escape);
    all.put("forceescape", (in, value, args) -> new Markup(Markup.escape(in, in.str(value))));
    all.put("striptags", (in, value, args) -> Html.stripTags(in.str(value)));
    all.put("urlencode", TextFilters::urlEncode);
    all.put("xmlattr", TextFilters::xmlAttributes);
  }

  private static Filter mapping(String name, UnaryOperator<String> code) {
    return (in, value, args) -> {
      args.bind(name, 0);
      return like(in, value, code.apply(in.str(value)));
    };
  }

  /** Text made from markup stays markup. */
  private static Object like(Evaluation in, Object original, String text) {
    in.budget().charge(text);
    return original instanceof Markup ? new Markup(text) : text;
  }

  private static Object escape(Evaluation in, Object value, CallArguments args) {
    args.bind("escape", 0);
    return new Markup(Markup.escape(in, value));
  }

  /** A capital behind every blank, hyphen or opening bracket; unlike str.title in words. */
  private static Object title(Evaluation in, Object value, CallArguments args) {
    args.bind("title", 0);
    StringBuilder out = new StringBuilder();
    StringBuilder word = new StringBuilder();
    String text = in.str(value);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Chars.isSpace(c) || "-({[<".indexOf(c) >= 0) {
        appendWord(out, word);
        out.append(c);
      } else {
        word.append(c);
      }
    }
    appendWord(out, word);
    return like(in, value, out.toString());
  }

  private static void appendWord(StringBuilder out, StringBuilder word) {
    if (!word.isEmpty()) {
      int first = word.offsetByCodePoints(0, 1);
      out.append(CaseMapping.upper(word.substring(0, first)));
      out.append(CaseMapping.lower(word.substring(first)));
      word.setLength(0);
    }
  }

  private static Object trim(Evaluation in, Object value, CallArguments args) {
    Object chars = args.bind("trim", 0, "chars").or(0, None.NONE);
    return like(in, value, StringMethods.strip(in.str(value), chars, true, true));
  }

  private static Object replace(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("replace", 2, "old", "new", "count");
    Object count = bound.or(2, None.NONE);
    return in.budget()
        .charge(
            StringMethods.replace(
                in,
                in.str(value),
                in.str(bound.get(0)),
                in.str(bound.get(1)),
                count == None.NONE ? -1 : Numbers.clippedInt(count)));
  }

  private static Object indent(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("indent", 0, "width", "first", "blank");
    String text = Text.require(value, "can only concatenate str to str; indent's value");
    String given = Text.of(bound.or(0, 4L));
    String indent = given != null ? given : spaces(in, bound.intOr(0, 4));
    boolean blank = bound.flag(2, false);
    List<Object> lines = Splitting.lines(text + "\n", false);
    StringBuilder out = new StringBuilder(bound.flag(1, false) ? indent : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      if (i > 0) {
        out.append('\n').append(blank || !line.isEmpty() ? indent : "");
      }
      out.append(line);
      in.budget().checkLength(out.length());
    }
    return like(in, value, out.toString());
  }

  private static String spaces(Evaluation in, int width) {
    in.budget().checkLength(width);
    return " ".repeat(Math.max(0, width));
  }

  private static Object center(Evaluation in, Object value, CallArguments args) {
    int width = args.bind("center", 0, "width").intOr(0, 80);
    return like(in, value, StringMethods.pad(in, in.str(value), width, " ", "center"));
  }

  private static Object truncate(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound = args.bind("truncate", 0, "length", "killwords", "end", "leeway");
    int length = bound.intOr(0, 255);
    String end = Text.require(bound.or(2, "..."), "end");
    Object given = bound.or(3, None.NONE);
    int leeway = given == None.NONE ? 5 : Numbers.clippedInt(given);
    int endLength = Chars.length(end);
    if (length < endLength || leeway < 0) {
      throw PyError.value("expected length >= " + endLength + ", got " + length);
    }
    if (Iteration.requireLength(value) <= (long) length + leeway) {
      return value;
    }
    String text = Text.require(value, "truncate's value");
    String cut = text.substring(0, Chars.offset(text, length - endLength));
    if (!bound.flag(1, false)) {
      int blank = cut.lastIndexOf(' ');
      cut = blank < 0 ? cut : cut.substring(0, blank);
    }
    return like(in, value, cut + end);
  }

  private static Object wordCount(Evaluation in, Object value, CallArguments args) {
    args.bind("wordcount", 0);
    long count = 0;
    boolean inWord = false;
    for (int c : in.str(value).codePoints().toArray()) {
      boolean word = Chars.isWord(c);
      count += word && !inWord ? 1 : 0;
      inWord = word;
    }
    return count;
  }

  private static Object wordWrap(Evaluation in, Object value, CallArguments args) {
    CallArguments.Bound bound =
        args.bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
    String text = Text.require(value, "wordwrap's value");
    Object given = bound.or(2, None.NONE);
    String glue = given == None.NONE ? "\n" : Text.require(given, "wrapstring");
    TextWrap wrap = new TextWrap(bound.intOr(0, 79), bound.flag(1, true), bound.flag(3, true));
    List<Object> lines = new ArrayList<>();
    for (Object line : Splitting.lines(text, false)) {
      in.budget().step();
      lines.add(StringMethods.join(in, glue, new PyList(wrap.wrap(in, (String) line))));
    }
    return in.budget().charge(StringMethods.join(in, glue, new PyList(lines)));
  }

  private static Object format(Evaluation in, Object value, CallArguments args) {
    if (!args.positional().isEmpty() && !args.named().isEmpty()) {
      throw PyError.template("can't handle positional and keyword arguments at the same time");
    }
    Object format = Text.is(value) ? value : in.str(value);
    if (args.named().isEmpty()) {
      return Printf.format(in, format, PyTuple.of(args.positional()));
    }
    PyDict named = new PyDict();
    args.named().forEach(named::put);
    return Printf.format(in, format, named);
  }

  private static Object urlEncode(Evaluation in, Object value, CallArguments args) {
    args.bind("urlencode", 0);
    if (Text.is(value) || !Iteration.isIterable(value)) {
      return in.budget().charge(quote(in, in.str(value), "/", false));
    }
    List<Object> pairs = value instanceof PyDict dict ? dict.items() : Iteration.list(in, value);
    StringBuilder out = new StringBuilder();
    for (Object item : pairs) {
      List<Object> pair = Iteration.list(in, item);
      if (pair.size() != 2) {
        throw PyError.value("urlencode needs pairs (key, value)");
      }
      out.append(out.isEmpty() ? "" : "&");
      out.append(quote(in, in.str(pair.get(0)), "", true)).append('=');
      out.append(quote(in, in.str(pair.get(1)), "", true));
      in.budget().checkLength(out.length());
    }
    return in.budget().charge(out);
  }

  private static String quote(Evaluation in, String text, String safe, boolean query) {
    StringBuilder out = new StringBuilder();
    in.budget().checkLength(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int c = b & 0xff;
      boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain || "_.-~".indexOf(c) >= 0 || safe.indexOf(c) >= 0) {
        out.append((char) c);
      } else if (query && c == ' ') {
        out.append('+');
      } else {
        out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      }
    }
    return out.toString();
  }

  private static Object xmlAttributes(Evaluation in, Object value, CallArguments args) {
    boolean autospace = args.bind("xmlattr", 0, "autospace").flag(0, true);
    Undefined.check(value);
    if (!(value instanceof PyDict dict)) {
      throw PyError.type("xmlattr needs a mapping, not " + Types.name(value));
    }
    StringBuilder out = new StringBuilder();
    for (PyDict.Entry entry : dict.entries()) {
      if (entry.value() == None.NONE || entry.value() instanceof Undefined) {
        continue;
      }
      String key = Text.require(entry.key(), "attribute name");
      if (key.chars().anyMatch(c -> " \t\n\u000b\f\r/>=".indexOf(c) >= 0)) {
        throw PyError.value("Invalid character in attribute name: " + Repr.quote(key));
      }
      out.append(out.isEmpty() ? "" : " ").append(Markup.escape(in, entry.key()));
      out.append("=\"").append(Markup.escape(in, entry.value())).append('"');
    }
    return (autospace && !out.isEmpty() ? " " : "") + out;
  }
}
