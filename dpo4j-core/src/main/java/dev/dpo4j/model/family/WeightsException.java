/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.io.ModelFileException;

/** Weights that do not belong to their config.json: all missing, unexpected and wrong tensors. */
public final class WeightsException extends ModelFileException {
  private static final long serialVersionUID = 1L;

  public WeightsException(String message) {
    super(message);
  }
}
