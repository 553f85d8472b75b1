/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A template that cannot be parsed, that fails while it renders, or that calls {@code
 * raise_exception}. The message names the line of the template.
 */
public final class TemplateException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;
  private final String reason;

  TemplateException(int line, String reason) {
    this(line, reason, null);
  }

  TemplateException(int line, String reason, @Nullable Throwable cause) {
    super("chat template, line " + line + ": " + reason, cause);
    this.line = line;
    this.reason = reason;
  }

  /** The line of the template, counted from 1. */
  public int line() {
    return line;
  }

  /** What went wrong, without the line; the very text that a template gave raise_exception. */
  public String reason() {
    return reason;
  }
}
