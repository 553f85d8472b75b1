/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

/** A run ends early on purpose: the weights are good ones, and they are saved. */
public class LastGoodStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says why the run ends and what its weights are. */
  public LastGoodStateException(String message) {
    super(message);
  }
}
