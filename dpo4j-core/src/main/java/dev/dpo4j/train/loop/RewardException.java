/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import org.jspecify.annotations.Nullable;

/**
 * Answers that a model is trained on could not be had or judged; the weights are those of the step
 * before.
 */
public final class RewardException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Makes one with what failed, on what, and what to do. */
  public RewardException(String message) {
    super(message);
  }

  /** Makes one of a failure. */
  public RewardException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
