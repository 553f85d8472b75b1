/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Budget;
import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.Search;
import dev.dpo4j.template.value.CallArguments;
import dev.dpo4j.template.value.Evaluation;
import dev.dpo4j.template.value.None;
import dev.dpo4j.template.value.PyList;
import dev.dpo4j.template.value.PyTuple;
import dev.dpo4j.template.value.Text;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The methods of str that cut a string into parts. */
public final class Splitting {
  private Splitting() {}

  static Object split(Evaluation in, String self, CallArguments args) {
    CallArguments.Bound bound = args.bind("split", 0, "sep", "maxsplit");
    int limit = limit(bound);
    Object separator = bound.or(0, None.NONE);
    return new PyList(
        counted(
            in,
            separator == None.NONE
                ? words(self, limit)
                : parts(self, separator(separator), limit)));
  }

  static Object rsplit(Evaluation in, String self, CallArguments args) {
    CallArguments.Bound bound = args.bind("rsplit", 0, "sep", "maxsplit");
    int limit = limit(bound);
    Object separator = bound.or(0, None.NONE);
    List<Object> parts =
        separator == None.NONE
            ? wordsFromRight(self, limit)
            : partsFromRight(self, separator(separator), limit);
    Collections.reverse(parts);
    return new PyList(counted(in, parts));
  }

  private static List<Object> counted(Evaluation in, List<Object> parts) {
    in.budget().checkItems(parts.size());
    return parts;
  }

  private static int limit(CallArguments.Bound bound) {
    int limit = bound.intOr(1, -1);
    // One more part than a list may have is enough to be refused.
    return limit < 0 ? Budget.MAX_ITEMS + 1 : Math.min(limit, Budget.MAX_ITEMS + 1);
  }

  private static String separator(Object value) {
    String text = Text.require(value, "separator");
    if (text.isEmpty()) {
      throw PyError.value("empty separator");
    }
    return text;
  }

  private static List<Object> parts(String self, String separator, int limit) {
    List<Object> parts = new ArrayList<>();
    int from = 0;
    int at = Search.indexOf(self, separator, 0);
    while (at >= 0 && parts.size() < limit) {
      parts.add(self.substring(from, at));
      from = at + separator.length();
      at = Search.indexOf(self, separator, from);
    }
    parts.add(self.substring(from));
    return parts;
  }

  private static List<Object> partsFromRight(String self, String separator, int limit) {
    List<Object> parts = new ArrayList<>();
    int end = self.length();
    int at = Search.lastIndexOf(self, separator, self.length());
    while (at >= 0 && parts.size() < limit) {
      parts.add(self.substring(at + separator.length(), end));
      end = at;
      at = Search.lastIndexOf(self, separator, end - separator.length());
    }
    parts.add(self.substring(0, end));
    return parts;
  }

  private static List<Object> words(String self, int limit) {
    List<Object> parts = new ArrayList<>();
    int at = skip(self, 0, true);
    while (at < self.length()) {
      if (parts.size() == limit) {
        parts.add(self.substring(at));
        return parts;
      }
      int end = skip(self, at, false);
      parts.add(self.substring(at, end));
      at = skip(self, end, true);
    }
    return parts;
  }

  /** The end of the run of white space, or of anything else, that begins at {@code from}. */
  private static int skip(String text, int from, boolean space) {
    int at = from;
    while (at < text.length() && Chars.isSpace(text.charAt(at)) == space) {
      at++;
    }
    return at;
  }

  private static List<Object> wordsFromRight(String self, int limit) {
    List<Object> parts = new ArrayList<>();
    int end = skipBack(self, self.length(), true);
    while (end > 0) {
      if (parts.size() == limit) {
        parts.add(self.substring(0, end));
        return parts;
      }
      int start = skipBack(self, end, false);
      parts.add(self.substring(start, end));
      end = skipBack(self, start, true);
    }
    return parts;
  }

  private static int skipBack(String text, int from, boolean space) {
    int at = from;
    while (at > 0 && Chars.isSpace(text.charAt(at - 1)) == space) {
      at--;
    }
    return at;
  }

  public static Object lines(Evaluation in, String self, CallArguments args) {
    boolean keep = args.bind("splitlines", 0, "keepends").intOr(0, 0) != 0;
    return new PyList(counted(in, lines(self, keep)));
  }

  /** Python's splitlines: no empty line behind the last break. */
  public static List<Object> lines(String self, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < self.length(); i++) {
      if (!Chars.isLineBreak(self.charAt(i))) {
        continue;
      }
      int end = i;
      if (self.charAt(i) == '\r' && i + 1 < self.length() && self.charAt(i + 1) == '\n') {
        i++;
      }
      lines.add(self.substring(from, keepEnds ? i + 1 : end));
      from = i + 1;
    }
    if (from < self.length()) {
      lines.add(self.substring(from));
    }
    return lines;
  }

  static Object partition(String self, CallArguments args) {
    String separator = separator(args.positionalOnly("partition", 1, "sep").get(0));
    int at = Search.indexOf(self, separator, 0);
    return at < 0
        ? PyTuple.of(self, "", "")
        : PyTuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
  }

  static Object rpartition(String self, CallArguments args) {
    String separator = separator(args.positionalOnly("rpartition", 1, "sep").get(0));
    int at = Search.lastIndexOf(self, separator, self.length());
    return at < 0
        ? PyTuple.of("", "", self)
        : PyTuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
  }
}
