/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/** Tells that a folder or a file is none that a report can be made of. */
public final class ReportException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what was read, what was found, and what to do. */
  public ReportException(String message) {
    super(message);
  }

  /** Says the same of something that failed. */
  public ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
