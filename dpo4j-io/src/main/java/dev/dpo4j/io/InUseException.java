/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

/** Tells that another process, or another part of this one, is writing a folder or a file. */
public final class InUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InUseException(String message) {
    super(message);
  }
}
