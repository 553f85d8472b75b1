/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DeviceException;

/** A call of the driver, of cuBLAS or of PyTorch failed on a device that worked before. */
public final class CudaException extends DeviceException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final boolean cardLost;

  /** Makes one for a call that failed, as its message says. */
  public CudaException(String call) {
    this(call, call, false);
  }

  /**
   * Makes one for a card that is lost.
   *
   * @param call what failed, and by which error
   */
  public static CudaException lost(String call) {
    return new CudaException(
        "the card is lost to this process: "
            + call
            + ". Nothing more can be computed on it here; what was saved stands. Resume from the"
            + " last checkpoint in a new process. If it happens again, \"nvidia-smi\" and the"
            + " kernel's log (dmesg, lines with Xid) show whether the card or its driver is at"
            + " fault",
        call,
        true);
  }

  private CudaException(String message, String call, boolean cardLost) {
    super(message);
    this.call = call;
    this.cardLost = cardLost;
  }

  /** What failed, and by which error, without what follows from it. */
  public String call() {
    return call;
  }

  /** Whether this process can use the card no more; a new process may. */
  public boolean cardLost() {
    return cardLost;
  }
}
