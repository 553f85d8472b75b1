/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DeviceException;

/** A call of the driver, of cuBLAS or of PyTorch failed on a device that worked before. */
public final class CudaException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final boolean cardLost;

  public CudaException(String message, boolean cardLost) {
    super(message);
    this.cardLost = cardLost;
  }

  /** Whether this process can use the card no more; a new process may. */
  public boolean cardLost() {
    return cardLost;
  }
}
