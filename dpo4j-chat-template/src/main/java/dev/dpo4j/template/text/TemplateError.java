/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A fault of a template at a line, on its way to the exception that the caller sees. */
public final class TemplateError extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int line;
  private final String reason;

  public TemplateError(int line, String reason) {
    this(line, reason, null);
  }

  public TemplateError(int line, String reason, @Nullable Throwable cause) {
    super("line " + line + ": " + reason, cause);
    this.line = line;
    this.reason = reason;
  }

  public int line() {
    return line;
  }

  public String reason() {
    return reason;
  }
}
