/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

/** A piece of device memory that several views share; the last one to leave gives it back. */
final class Memory {
  private final Driver driver;
  private final long address;
  private int holders = 1;

  Memory(Driver driver, long bytes) {
    this.driver = driver;
    // An empty tensor has an address, too.
    this.address = driver.allocate(Math.max(bytes, 1));
  }

  long address() {
    return address;
  }

  Memory share() {
    holders++;
    return this;
  }

  void leave() {
    holders--;
    if (holders == 0) {
      driver.free(address);
    }
  }
}
