/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

import dev.dpo4j.template.TemplateException;
import java.io.Serial;

/** A Python exception on its way to {@link TemplateException}; cheap, without a stack trace. */
public final class PyError extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** The exception classes that jinja2's own code tells apart. */
  public enum Kind {
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

  public PyError(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }

  public static PyError type(String message) {
    return new PyError(Kind.TYPE, message);
  }

  public static PyError value(String message) {
    return new PyError(Kind.VALUE, message);
  }

  public static PyError lookup(String message) {
    return new PyError(Kind.LOOKUP, message);
  }

  public static PyError arithmetic(String message) {
    return new PyError(Kind.ARITHMETIC, message);
  }

  public static PyError overflow(String message) {
    return new PyError(Kind.OVERFLOW, message);
  }

  public static PyError undefined(String message) {
    return new PyError(Kind.UNDEFINED, message);
  }

  public static PyError security(String message) {
    return new PyError(Kind.SECURITY, message);
  }

  public static PyError template(String message) {
    return new PyError(Kind.TEMPLATE, message);
  }

  public static PyError limit(String message) {
    return new PyError(Kind.LIMIT, message);
  }
}
