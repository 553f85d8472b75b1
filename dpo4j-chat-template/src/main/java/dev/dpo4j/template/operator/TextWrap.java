/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.operator;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Evaluation;
import java.util.ArrayList;
import java.util.List;

/**
 * Python's {@code textwrap.wrap} with tabs and line breaks left alone: a greedy fill of words,
 * blanks dropped at the ends of lines.
 */
public record TextWrap(int width, boolean breakLongWords, boolean breakOnHyphens) {

  public TextWrap {
    if (width <= 0) {
      throw PyError.value("invalid width " + width + " (must be > 0)");
    }
  }

  public List<Object> wrap(Evaluation in, String text) {
    List<String> chunks = chunks(text);
    List<Object> lines = new ArrayList<>();
    int at = 0;
    while (at < chunks.size()) {
      StringBuilder line = new StringBuilder();
      int length = 0;
      int trailing = 0;
      if (!lines.isEmpty() && isBlank(chunks.get(at))) {
        at++;
      }
      while (at < chunks.size() && length + Chars.length(chunks.get(at)) <= width) {
        trailing = isBlank(chunks.get(at)) ? chunks.get(at).length() : 0;
        line.append(chunks.get(at));
        length += Chars.length(chunks.get(at++));
      }
      if (at < chunks.size() && Chars.length(chunks.get(at)) > width) {
        in.budget().scan(chunks.get(at).length());
        String rest = breakWord(chunks.get(at), width - length, line);
        trailing = line.length() > 0 && rest.length() < chunks.get(at).length() ? 0 : trailing;
        if (rest.isEmpty()) {
          at++;
        } else {
          chunks.set(at, rest);
        }
      }
      line.setLength(line.length() - trailing);
      if (!line.isEmpty()) {
        lines.add(line.toString());
      }
    }
    return lines;
  }

  /** Puts as much of a word as there is room for, or all of an unbreakable one on its own line. */
  private String breakWord(String word, int room, StringBuilder line) {
    if (!breakLongWords) {
      if (line.isEmpty()) {
        line.append(word);
        return "";
      }
      return word;
    }
    int cut = Math.max(1, room);
    if (breakOnHyphens && Chars.length(word) > cut) {
      String head = word.substring(0, Chars.offset(word, cut));
      int hyphen = head.lastIndexOf('-');
      if (hyphen > 0 && head.substring(0, hyphen).chars().anyMatch(c -> c != '-')) {
        cut = Chars.length(head.substring(0, hyphen + 1));
      }
    }
    if (room < 1 && !line.isEmpty()) {
      return word;
    }
    int end = Chars.offset(word, Math.min(cut, Chars.length(word)));
    line.append(word, 0, end);
    return word.substring(end);
  }

  private static boolean isBlank(String chunk) {
    return Chars.strip(chunk).isEmpty();
  }

  /** Words and the blanks between them; words also end behind a hyphen between letters. */
  private List<String> chunks(String text) {
    List<String> chunks = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= text.length(); i++) {
      boolean end =
          i == text.length()
              || Chars.isSpace(text.charAt(i)) != Chars.isSpace(text.charAt(i - 1))
              || (breakOnHyphens && afterHyphen(text, i));
      if (end) {
        chunks.add(text.substring(from, i));
        from = i;
      }
    }
    return chunks;
  }

  private static boolean afterHyphen(String text, int i) {
    return i >= 3
        && text.charAt(i - 1) == '-'
        && isLetter(text.charAt(i - 2))
        && isLetter(text.charAt(i - 3))
        && i + 1 < text.length()
        && isLetter(text.charAt(i))
        && isLetter(text.charAt(i + 1));
  }

  private static boolean isLetter(char c) {
    return Character.isLetter(c) || c == '_';
  }
}
