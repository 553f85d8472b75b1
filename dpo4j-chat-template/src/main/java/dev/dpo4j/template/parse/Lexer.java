/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.text.Chars;
import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.text.TemplateError;
import dev.dpo4j.template.value.Repr;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens by the rules of jinja2 with trim_blocks and lstrip_blocks: the line
 * break behind a block tag or comment goes, so do blanks before one that begins its line; {@code -}
 * takes all white space, {@code +} keeps it; one line break at the very end of the template goes.
 */
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted;
  private boolean lineStarting = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokenize(String template) {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    try {
      lexer.run();
    } catch (TemplateError e) {
      // The parser may find something wrong before it comes here, and that is what is to be told.
      lexer.tokens.add(new Token(TokenType.FAILURE, "", e, e.line()));
    }
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag(at);
      if (tag < 0) {
        data(source.substring(at), source.length());
        break;
      }
      String begin = source.substring(tag, tag + 2);
      int raw = begin.equals("{%") ? rawEnd(tag, "raw", false) : -1;
      char sign = signAt(tag + 2);
      data(stripped(source.substring(at, tag), sign, begin.equals("{{")), tag);
      if (raw >= 0) {
        advance(raw);
        rawBlock();
      } else {
        advance(tag + (sign == 0 ? 2 : 3));
        switch (begin) {
          case "{#" -> comment();
          case "{%" -> tag(TokenType.BLOCK_BEGIN, TokenType.BLOCK_END);
          default -> tag(TokenType.PRINT_BEGIN, TokenType.PRINT_END);
        }
      }
    }
    add(TokenType.END, "");
  }

  /** Moves on and notes whether what was passed ended a line. */
  private void advance(int to) {
    lineStarting = to > at ? source.charAt(to - 1) == '\n' : lineStarting;
    at = to;
  }

  private int lineAt(int offset) {
    for (; counted < offset; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
    return line;
  }

  private void add(TokenType type, String text) {
    tokens.add(new Token(type, text, text, lineAt(at)));
  }

  private TemplateError error(String message) {
    return new TemplateError(lineAt(at), message);
  }

  private int nextTag(int from) {
    for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private char signAt(int offset) {
    char c = offset < source.length() ? source.charAt(offset) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  private void data(String text, int end) {
    if (!text.isEmpty()) {
      add(TokenType.DATA, text);
    }
    at = end;
  }

  /** The text before a tag, without what the tag takes from it. */
  private String stripped(String text, char sign, boolean print) {
    if (sign == '-') {
      return Chars.stripRight(text);
    }
    if (sign == '+' || print) {
      return text;
    }
    int lineStart = text.lastIndexOf('\n') + 1;
    boolean begins = lineStart > 0 || lineStarting;
    return begins && Chars.strip(text.substring(lineStart)).isEmpty()
        ? text.substring(0, lineStart)
        : text;
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < source.length() && Chars.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /**
   * The end of a {@code {% raw %}} or {@code {% endraw %}} tag that begins at {@code tag}, or -1
   * where there is another tag.
   */
  private int rawEnd(int tag, String name, boolean trims) {
    int i = skipSpace(tag + (signAt(tag + 2) == 0 ? 2 : 3));
    if (!source.startsWith(name, i)) {
      return -1;
    }
    i = skipSpace(i + name.length());
    if (source.startsWith("-%}", i)) {
      return skipSpace(i + 3);
    }
    if (trims && source.startsWith("+%}", i)) {
      return i + 3;
    }
    return source.startsWith("%}", i) ? i + 2 + (trims ? lineBreak(i + 2) : 0) : -1;
  }

  private int lineBreak(int offset) {
    return offset < source.length() && source.charAt(offset) == '\n' ? 1 : 0;
  }

  private void rawBlock() {
    for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
      int end = rawEnd(i, "endraw", true);
      if (end >= 0) {
        data(stripped(source.substring(at, i), signAt(i + 2), false), i);
        advance(end);
        return;
      }
    }
    throw error("Missing end of raw directive");
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw error("Missing end of comment tag");
    }
    char sign = end > at ? source.charAt(end - 1) : 0;
    int behind = end + 2;
    advance(sign == '-' ? skipSpace(behind) : sign == '+' ? behind : behind + lineBreak(behind));
  }

  private void tag(TokenType begin, TokenType end) {
    tokens.add(new Token(begin, "", "", lineAt(at)));
    Deque<String> open = new ArrayDeque<>();
    while (at < source.length()) {
      int close = open.isEmpty() ? tagEnd(end) : -1;
      if (close >= 0) {
        add(end, "");
        advance(close);
        return;
      }
      int space = skipSpace(at);
      if (space > at) {
        advance(space);
      } else {
        token(open);
      }
    }
  }

  /** The offset behind the end of the tag, if it ends here, else -1. */
  private int tagEnd(TokenType type) {
    boolean block = type == TokenType.BLOCK_END;
    String mark = block ? "%}" : "}}";
    if (source.startsWith(mark, at)) {
      return at + 2 + (block ? lineBreak(at + 2) : 0);
    }
    if (!source.startsWith(mark, at + 1)) {
      return -1;
    }
    char sign = source.charAt(at);
    return sign == '-' ? skipSpace(at + 3) : sign == '+' && block ? at + 3 : -1;
  }

  private void token(Deque<String> open) {
    int number = NumberScanner.floatEnd(source, at);
    if (number > at) {
      String text = source.substring(at, number);
      put(TokenType.FLOAT, text, Double.valueOf(text.replace("_", "")), number);
      return;
    }
    number = NumberScanner.integerEnd(source, at);
    if (number > at) {
      String text = source.substring(at, number);
      try {
        put(TokenType.INTEGER, text, NumberScanner.integer(text), number);
      } catch (PyError e) {
        throw error(e.text());
      }
      return;
    }
    int c = source.codePointAt(at);
    if (Chars.isNamePart(c)) {
      name();
    } else if (c == '"' || c == '\'') {
      string((char) c);
    } else {
      operator(open);
    }
  }

  private void put(TokenType type, String text, Object value, int end) {
    tokens.add(new Token(type, text, value, lineAt(at)));
    advance(end);
  }

  private void name() {
    int end = at;
    while (end < source.length() && Chars.isNamePart(source.codePointAt(end))) {
      end += Character.charCount(source.codePointAt(end));
    }
    String name = source.substring(at, end);
    if (!Chars.isIdentifier(name)) {
      throw error("Invalid character in identifier");
    }
    put(TokenType.NAME, name, name, end);
  }

  private void string(char quote) {
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      i += source.charAt(i) == '\\' ? 2 : 1;
    }
    if (i >= source.length()) {
      throw error("unexpected char " + Repr.quote(Character.toString(quote)) + " at " + at);
    }
    String text = source.substring(at + 1, i);
    try {
      put(TokenType.STRING, text, Escapes.decode(text), i + 1);
    } catch (PyError e) {
      throw error(e.text());
    }
  }

  private void operator(Deque<String> open) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        balance(open, operator);
        put(TokenType.OPERATOR, operator, operator, at + operator.length());
        return;
      }
    }
    String c = Character.toString(source.codePointAt(at));
    throw error("unexpected char " + Repr.quote(c) + " at " + at);
  }

  private void balance(Deque<String> open, String operator) {
    switch (operator) {
      case "{" -> open.push("}");
      case "(" -> open.push(")");
      case "[" -> open.push("]");
      case "}", ")", "]" -> {
        if (open.isEmpty()) {
          throw error("unexpected '" + operator + "'");
        }
        String expected = open.pop();
        if (!expected.equals(operator)) {
          throw error("unexpected '" + operator + "', expected '" + expected + "'");
        }
      }
      default -> {}
    }
  }
}
