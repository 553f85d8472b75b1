/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.train.loop.LastGoodStateException;

/** The policy went further from the reference than {@code kl_limit}; the last good one was kept. */
public final class KlLimitException extends LastGoodStateException {
  private static final long serialVersionUID = 1L;

  KlLimitException(String message) {
    super(message);
  }
}
