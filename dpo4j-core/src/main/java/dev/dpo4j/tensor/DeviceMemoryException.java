/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/** The device has not enough memory for what was asked. */
public final class DeviceMemoryException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final long wanted;
  private final long free;

  /** Makes one for an allocation that failed. */
  public DeviceMemoryException(long wanted, long free) {
    super(
        ("the device has no memory for %,d more bytes: %,d bytes are free. Use a smaller batch or"
                + " shorter texts, or end other processes that hold memory of the device.")
            .formatted(wanted, free));
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
