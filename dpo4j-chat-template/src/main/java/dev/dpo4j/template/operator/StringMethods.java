/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.CaseMapping;
import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.Search;
import dev.dpo4j.template.value.Builtin;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.Iteration;
import dev.dpo4j.template.value.Markup;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Text;
import dev.dpo4j.template.value.Types;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's str, and of markup, which escapes what is put into it. */
public final class StringMethods {

  /** One method: the string it is called on, and the arguments. */
  private interface Method {
    Object call(Evaluation in, String self, CallArguments args);
  }

  private static final Map<String, Method> METHODS = new TreeMap<>();

  /** Methods whose arguments a markup string escapes, by the index of the first such argument. */
  private static final Map<String, Integer> ESCAPED =
      Map.of("join", 0, "replace", 1, "ljust", 1, "rjust", 1, "center", 1);

  private static final Set<String> REFUSED = Set.of("encode", "maketrans", "translate");

  static {
    METHODS.put("upper", (in, s, a) -> CaseMapping.upper(none("upper", s, a)));
    METHODS.put("lower", (in, s, a) -> CaseMapping.lower(none("lower", s, a)));
    METHODS.put("title", (in, s, a) -> CaseMapping.title(none("title", s, a)));
    METHODS.put("capitalize", (in, s, a) -> CaseMapping.capitalize(none("capitalize", s, a)));
    METHODS.put("swapcase", (in, s, a) -> CaseMapping.swap(none("swapcase", s, a)));
    METHODS.put("casefold", (in, s, a) -> CaseMapping.fold(none("casefold", s, a)));
    METHODS.put("strip", (in, s, a) -> strip(s, a, true, true));
    METHODS.put("lstrip", (in, s, a) -> strip(s, a, true, false));
    METHODS.put("rstrip", (in, s, a) -> strip(s, a, false, true));
    METHODS.put("split", (in, s, a) -> Splitting.split(in, s, a));
    METHODS.put("rsplit", (in, s, a) -> Splitting.rsplit(in, s, a));
    METHODS.put("splitlines", (in, s, a) -> Splitting.lines(in, s, a));
    METHODS.put("partition", (in, s, a) -> Splitting.partition(s, a));
    METHODS.put("rpartition", (in, s, a) -> Splitting.rpartition(s, a));
    METHODS.put("startswith", (in, s, a) -> affix("startswith", s, a, String::startsWith));
    METHODS.put("endswith", (in, s, a) -> affix("endswith", s, a, String::endsWith));
    METHODS.put("find", (in, s, a) -> (long) find(s, a, "find", true));
    METHODS.put("rfind", (in, s, a) -> (long) find(s, a, "rfind", false));
    METHODS.put("index", (in, s, a) -> found(find(s, a, "index", true)));
    METHODS.put("rindex", (in, s, a) -> found(find(s, a, "rindex", false)));
    METHODS.put("count", (in, s, a) -> count(s, a));
    METHODS.put("replace", StringMethods::replace);
    METHODS.put("join", (in, s, a) -> join(in, s, a.positionalOnly("join", 1, "iterable").get(0)));
    METHODS.put("removeprefix", (in, s, a) -> removePrefix(s, a));
    METHODS.put("removesuffix", (in, s, a) -> removeSuffix(s, a));
    METHODS.put("zfill", (in, s, a) -> zfill(in, s, a));
    METHODS.put("center", (in, s, a) -> pad(in, s, a, "center"));
    METHODS.put("ljust", (in, s, a) -> pad(in, s, a, "ljust"));
    METHODS.put("rjust", (in, s, a) -> pad(in, s, a, "rjust"));
    METHODS.put("expandtabs", (in, s, a) -> expandTabs(in, s, a));
    METHODS.put("format", (in, s, a) -> Format.format(in, s, a));
    METHODS.put("format_map", (in, s, a) -> Format.formatMap(in, s, a));
    METHODS.put("isdigit", (in, s, a) -> all(s, Chars::isDigit));
    METHODS.put("isdecimal", (in, s, a) -> all(s, Chars::isDecimal));
    METHODS.put("isnumeric", (in, s, a) -> all(s, Chars::isNumeric));
    METHODS.put("isalpha", (in, s, a) -> all(s, Character::isLetter));
    METHODS.put("isalnum", (in, s, a) -> all(s, Chars::isAlphanumeric));
    METHODS.put("isspace", (in, s, a) -> all(s, Chars::isSpace));
    METHODS.put("isascii", (in, s, a) -> s.codePoints().allMatch(c -> c < 0x80));
    METHODS.put("isprintable", (in, s, a) -> s.codePoints().allMatch(Chars::isPrintable));
    METHODS.put("isidentifier", (in, s, a) -> Chars.isIdentifier(s));
    METHODS.put("islower", (in, s, a) -> CaseMapping.isLower(s));
    METHODS.put("isupper", (in, s, a) -> CaseMapping.isUpper(s));
    METHODS.put("istitle", (in, s, a) -> CaseMapping.isTitle(s));
  }

  private StringMethods() {}

  /** The method bound to its string, or null where Python's str has no such attribute. */
  static @Nullable Builtin bound(Object self, String name) {
    if (REFUSED.contains(name)) {
      return Builtin.method(
          name,
          (in, args) -> {
            throw PyError.security("str." + name + "() is not available in a chat template");
          });
    }
    Method method = METHODS.get(name);
    if (self instanceof Markup markup) {
      return method == null ? null : boundMarkup(markup, name, method);
    }
    return method == null
        ? null
        : Builtin.method(name, (in, args) -> charged(in, method, (String) self, args));
  }

  private static Builtin boundMarkup(Markup self, String name, Method method) {
    return Builtin.method(
        name,
        (in, args) -> {
          if (name.startsWith("format")) {
            return new Markup(Format.formatMarkup(in, self.text(), args, name));
          }
          Integer from = ESCAPED.get(name);
          CallArguments safe = from == null ? args : escaped(in, args, name, from);
          return marked(charged(in, method, self.text(), safe));
        });
  }

  private static CallArguments escaped(Evaluation in, CallArguments args, String name, int from) {
    List<Object> safe = new ArrayList<>(args.positional());
    for (int i = from; i < Math.min(safe.size(), from + 1); i++) {
      safe.set(
          i,
          name.equals("join")
              ? new PyList(
                  Iteration.list(in, safe.get(i)).stream()
                      .map(item -> (Object) Markup.escape(in, item))
                      .toList())
              : Markup.escape(in, safe.get(i)));
    }
    return new CallArguments(safe, args.named());
  }

  private static Object marked(Object value) {
    if (value instanceof String text) {
      return new Markup(text);
    } else if (value instanceof PyList list) {
      return new PyList(list.items().stream().map(StringMethods::marked).toList());
    } else if (value instanceof PyTuple tuple) {
      return PyTuple.of(tuple.items().stream().map(StringMethods::marked).toList());
    }
    return value;
  }

  /** Runs a method; it may look at all of its string. */
  private static Object charged(Evaluation in, Method method, String self, CallArguments args) {
    in.budget().scan(self.length());
    Object value = method.call(in, self, args);
    if (value instanceof String text) {
      in.budget().charge(text);
    }
    return value;
  }

  private static String none(String name, String self, CallArguments args) {
    args.positionalOnly(name, 0);
    return self;
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static String strip(String self, CallArguments args, boolean left, boolean right) {
    CallArguments.Bound bound = args.positionalOnly("strip", 0, "chars");
    Object chars = bound.or(0, None.NONE);
    return strip(self, chars, left, right);
  }

  /** Strips white space (chars is None) or any of the characters given. */
  public static String strip(String self, Object chars, boolean left, boolean right) {
    if (chars == None.NONE) {
      String cut = left ? Chars.stripLeft(self) : self;
      return right ? Chars.stripRight(cut) : cut;
    }
    String set = Text.of(chars);
    if (set == null) {
      throw PyError.type("strip arg must be None or str");
    }
    BitSet members = new BitSet();
    set.codePoints().forEach(members::set);
    int start = 0;
    int end = self.length();
    while (left && start < end && members.get(self.codePointAt(start))) {
      start = self.offsetByCodePoints(start, 1);
    }
    while (right && end > start && members.get(self.codePointBefore(end))) {
      end = self.offsetByCodePoints(end, -1);
    }
    return self.substring(start, end);
  }

  private interface Affix {
    boolean test(String text, String affix);
  }

  private static boolean affix(String name, String self, CallArguments args, Affix affix) {
    CallArguments.Bound bound = args.positionalOnly(name, 1, "prefix", "start", "end");
    int[] range = range(self, bound);
    if (range[0] > range[1]) {
      return false;
    }
    String part = self.substring(range[0], range[1]);
    if (bound.get(0) instanceof PyTuple tuple) {
      for (Object item : tuple.items()) {
        if (affix.test(part, Text.require(item, "tuple for " + name))) {
          return true;
        }
      }
      return false;
    }
    String wanted = Text.of(bound.get(0));
    if (wanted == null) {
      throw PyError.type(
          name + " first arg must be str or a tuple of str, not " + Types.name(bound.get(0)));
    }
    return affix.test(part, wanted);
  }

  /** The UTF-16 range of the start and end arguments (positions 1 and 2); start may lie behind. */
  private static int[] range(String self, CallArguments.Bound bound) {
    boolean whole = !bound.has(1) && !bound.has(2);
    if (whole) {
      return new int[] {0, self.length()};
    }
    int length = Chars.length(self);
    int start = bound.or(1, None.NONE) == None.NONE ? 0 : bound.intOr(1, 0);
    int stop = bound.or(2, None.NONE) == None.NONE ? length : bound.intOr(2, length);
    int from = start < 0 ? Math.max(0, start + length) : start;
    int to = stop < 0 ? Math.max(0, stop + length) : Math.min(stop, length);
    if (from > to) {
      return new int[] {1, 0};
    }
    return new int[] {Chars.offset(self, from), Chars.offset(self, to)};
  }

  private static int find(String self, CallArguments args, String name, boolean first) {
    CallArguments.Bound bound = args.positionalOnly(name, 1, "sub", "start", "end");
    String wanted = Text.require(bound.get(0), name + "() argument");
    int[] range = range(self, bound);
    if (range[0] > range[1]) {
      return -1;
    }
    String part = self.substring(range[0], range[1]);
    int at =
        first ? Search.indexOf(part, wanted, 0) : Search.lastIndexOf(part, wanted, part.length());
    return at < 0 ? -1 : self.codePointCount(0, range[0] + at);
  }

  private static long found(int index) {
    if (index < 0) {
      throw PyError.value("substring not found");
    }
    return index;
  }

  private static long count(String self, CallArguments args) {
    CallArguments.Bound bound = args.positionalOnly("count", 1, "sub", "start", "end");
    String wanted = Text.require(bound.get(0), "count() argument");
    int[] range = range(self, bound);
    if (range[0] > range[1]) {
      return 0;
    }
    String part = self.substring(range[0], range[1]);
    if (wanted.isEmpty()) {
      return Chars.length(part) + 1L;
    }
    long count = 0;
    for (int at = Search.indexOf(part, wanted, 0); at >= 0; at = Search.indexOf(part, wanted, at)) {
      count++;
      at += wanted.length();
    }
    return count;
  }

  private static Object replace(Evaluation in, String self, CallArguments args) {
    CallArguments.Bound bound = args.bind("replace", 2, "old", "new", "count");
    String old = Text.require(bound.get(0), "replace() argument 1");
    String with = Text.require(bound.get(1), "replace() argument 2");
    return replace(in, self, old, with, bound.intOr(2, -1));
  }

  /** Replaces the first {@code count} places, or all when count is negative. */
  public static String replace(Evaluation in, String self, String old, String with, int count) {
    StringBuilder out = new StringBuilder(self.length());
    int left = count < 0 ? Integer.MAX_VALUE : count;
    int from = 0;
    if (old.isEmpty()) {
      while (left-- > 0 && from <= self.length()) {
        out.append(with);
        in.budget().checkLength(out.length());
        if (from == self.length()) {
          return out.toString();
        }
        int next = self.offsetByCodePoints(from, 1);
        out.append(self, from, next);
        from = next;
      }
      return out.append(self, from, self.length()).toString();
    }
    int at = Search.indexOf(self, old, 0);
    for (; at >= 0 && left-- > 0; at = Search.indexOf(self, old, from)) {
      out.append(self, from, at).append(with);
      in.budget().checkLength(out.length());
      from = at + old.length();
    }
    return from == 0 ? self : out.append(self, from, self.length()).toString();
  }

  public static String join(Evaluation in, String separator, Object items) {
    StringBuilder out = new StringBuilder();
    int index = 0;
    for (Object item : Iteration.list(in, items)) {
      String text = Text.of(item);
      if (text == null) {
        throw PyError.type(
            "sequence item " + index + ": expected str instance, " + Types.name(item) + " found");
      }
      out.append(index++ > 0 ? separator : "").append(text);
      in.budget().checkLength(out.length());
    }
    return out.toString();
  }

  private static String removePrefix(String self, CallArguments args) {
    Object prefix = args.positionalOnly("removeprefix", 1, "prefix").get(0);
    String text = Text.require(prefix, "removeprefix() argument");
    return self.startsWith(text) ? self.substring(text.length()) : self;
  }

  private static String removeSuffix(String self, CallArguments args) {
    Object suffix = args.positionalOnly("removesuffix", 1, "suffix").get(0);
    String text = Text.require(suffix, "removesuffix() argument");
    return self.endsWith(text) ? self.substring(0, self.length() - text.length()) : self;
  }

  private static String zfill(Evaluation in, String self, CallArguments args) {
    int width = args.positionalOnly("zfill", 1, "width").intOr(0, 0);
    int missing = width - Chars.length(self);
    if (missing <= 0) {
      return self;
    }
    in.budget().checkLength(width);
    boolean signed = self.startsWith("+") || self.startsWith("-");
    String sign = signed ? self.substring(0, 1) : "";
    return sign + "0".repeat(missing) + self.substring(sign.length());
  }

  private static String pad(Evaluation in, String self, CallArguments args, String name) {
    CallArguments.Bound bound = args.positionalOnly(name, 1, "width", "fillchar");
    String fill = Text.require(bound.or(1, " "), "The fill character");
    if (Chars.length(fill) != 1) {
      throw PyError.type("The fill character must be exactly one character long");
    }
    return pad(in, self, bound.intOr(0, 0), fill, name);
  }

  public static String pad(Evaluation in, String self, int width, String fill, String name) {
    int missing = width - Chars.length(self);
    if (missing <= 0) {
      return self;
    }
    in.budget().checkLength((long) width * fill.length());
    int left =
        switch (name) {
          case "ljust" -> 0;
          case "rjust" -> missing;
          default -> missing / 2 + (missing & width & 1);
        };
    return fill.repeat(left) + self + fill.repeat(missing - left);
  }

  private static String expandTabs(Evaluation in, String self, CallArguments args) {
    int size = args.bind("expandtabs", 0, "tabsize").intOr(0, 8);
    StringBuilder out = new StringBuilder();
    int column = 0;
    for (int c : self.codePoints().toArray()) {
      if (c == '\t') {
        int spaces = size > 0 ? size - column % size : 0;
        in.budget().checkLength((long) out.length() + spaces);
        out.append(" ".repeat(spaces));
        column += spaces;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return out.toString();
  }

  /** Lower case in the way of the filters that ignore case. */
  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
