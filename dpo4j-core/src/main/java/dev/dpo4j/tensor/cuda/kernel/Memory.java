/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/** A piece of memory that several views share; the last one to leave gives it back. */
final class Memory {
  private final Driver driver;
  private final boolean onHost;
  private final long address;
  private int holders = 1;

  /**
   * Takes memory.
   *
   * @param onHost whether it is memory of the host that the device reaches; else it is its own
   */
  Memory(Driver driver, long bytes, boolean onHost) {
    this.driver = driver;
    this.onHost = onHost;
    // An empty tensor has an address, too.
    long least = Math.max(bytes, 1);
    this.address = onHost ? driver.allocateHost(least) : driver.allocate(least);
  }

  long address() {
    return address;
  }

  boolean isOnHost() {
    return onHost;
  }

  Memory share() {
    holders++;
    return this;
  }

  void leave() {
    holders--;
    if (holders == 0) {
      if (onHost) {
        driver.freeHost(address);
      } else {
        driver.free(address);
      }
    }
  }
}
