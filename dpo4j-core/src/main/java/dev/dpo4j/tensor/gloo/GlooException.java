/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.gloo;

/** An operation of Gloo did not end well: a process is missing, or too late. */
public final class GlooException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  GlooException(String message, Throwable cause) {
    super(message, cause);
  }
}
