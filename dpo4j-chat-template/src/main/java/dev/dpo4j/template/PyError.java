/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import java.io.Serial;

/** A Python exception on its way to {@link TemplateException}; cheap, without a stack trace. */
final class PyError extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** The exception classes that jinja2's own code tells apart. */
  enum Kind {
    TYPE,
    VALUE,
    LOOKUP,
    ATTRIBUTE,
    ARITHMETIC,
    OVERFLOW,
    UNDEFINED,
    SECURITY,
    TEMPLATE,
    LIMIT
  }

  private final Kind kind;

  PyError(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }

  static PyError type(String message) {
    return new PyError(Kind.TYPE, message);
  }

  static PyError value(String message) {
    return new PyError(Kind.VALUE, message);
  }

  static PyError lookup(String message) {
    return new PyError(Kind.LOOKUP, message);
  }

  static PyError arithmetic(String message) {
    return new PyError(Kind.ARITHMETIC, message);
  }

  static PyError overflow(String message) {
    return new PyError(Kind.OVERFLOW, message);
  }

  static PyError undefined(String message) {
    return new PyError(Kind.UNDEFINED, message);
  }

  static PyError security(String message) {
    return new PyError(Kind.SECURITY, message);
  }

  static PyError template(String message) {
    return new PyError(Kind.TEMPLATE, message);
  }

  static PyError limit(String message) {
    return new PyError(Kind.LIMIT, message);
  }
}
