/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

/** The kinds of tokens, with the words an error uses for them. */
enum TokenType {
  DATA("template data / text"),
  BLOCK_BEGIN("begin of statement block"),
  BLOCK_END("end of statement block"),
  PRINT_BEGIN("begin of print statement"),
  PRINT_END("end of print statement"),
  NAME("name"),
  STRING("string"),
  INTEGER("integer"),
  FLOAT("float"),
  OPERATOR("operator"),
  END("end of template"),

  /** A place that is no token; its value is the error, raised when the parser comes to it. */
  FAILURE("failure");

  final String words;

  TokenType(String words) {
    this.words = words;
  }
}
