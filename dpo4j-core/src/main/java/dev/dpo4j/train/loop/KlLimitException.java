/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

/** The policy went further from the reference than {@code kl_limit}; the last good one was kept. */
public final class KlLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says how far it went, which weights were kept, and what to do. */
  public KlLimitException(String message) {
    super(message);
  }
}
