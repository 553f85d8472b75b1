/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

/**
 * A piece of a template.
 *
 * @param type its kind
 * @param text the name, the operator or the data
 * @param value the value of a literal, else the text
 * @param line the line it begins in
 */
record Token(TokenType type, String text, Object value, int line) {

  boolean isName(String name) {
    return type == TokenType.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return type == TokenType.OPERATOR && text.equals(operator);
  }

  String describe() {
    return type == TokenType.NAME || type == TokenType.OPERATOR ? text : type.words;
  }
}
