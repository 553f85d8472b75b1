/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.text.TemplateError;
import java.util.List;

/** The tokens of a template, read from front to back. */
final class TokenStream {
  private final List<Token> tokens;
  private int at;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    Token token = tokens.get(at);
    if (token.value() instanceof TemplateError failure) {
      throw failure;
    }
    return token;
  }

  Token look() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  /** Gives the current token and goes to the next. */
  Token next() {
    Token token = current();
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  int line() {
    return current().line();
  }

  boolean is(TokenType type) {
    return current().type() == type;
  }

  boolean isName(String name) {
    return current().isName(name);
  }

  boolean isOperator(String operator) {
    return current().isOperator(operator);
  }

  boolean skipName(String name) {
    boolean found = isName(name);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  Token expect(TokenType type) {
    if (!is(type)) {
      throw unexpected(type.words);
    }
    return next();
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected(name);
    }
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected(operator);
    }
  }

  private TemplateError unexpected(String expected) {
    return fail(
        is(TokenType.END)
            ? "unexpected end of template, expected '" + expected + "'."
            : "expected token '" + expected + "', got '" + current().describe() + "'");
  }

  TemplateError fail(String message) {
    return new TemplateError(line(), message);
  }
}
