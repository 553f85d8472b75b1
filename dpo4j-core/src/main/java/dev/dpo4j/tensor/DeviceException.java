/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/** A device cannot be used; the message says why and what to do. */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with a message for the user. */
  public DeviceException(String message) {
    super(message);
  }

  /** Makes one with a message for the user. */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }
}
