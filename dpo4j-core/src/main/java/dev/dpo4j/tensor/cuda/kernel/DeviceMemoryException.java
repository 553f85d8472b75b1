/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/** The device has not enough memory for what was asked. */
public final class DeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long wanted;
  private final long free;

  public DeviceMemoryException(long wanted, long free) {
    super("the device has no room for %,d more bytes: %,d bytes are free".formatted(wanted, free));
    this.wanted = wanted;
    this.free = free;
  }

  /** Bytes that were asked for. */
  public long wanted() {
    return wanted;
  }

  /** Bytes that were free then. */
  public long free() {
    return free;
  }
}
