/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DeviceException;

/** A CUDA device was asked for and cannot be used; the message says why and what to do. */
public final class CudaUnavailableException extends DeviceException {
  private static final long serialVersionUID = 1L;

  public CudaUnavailableException(String message) {
    super(message);
  }

  public CudaUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
