/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.Locale;

/** Why an answer ended. */
public enum FinishReason {
  /** By a token that ends answers, or by a stop string. */
  STOP,
  /** By the limit of new tokens. */
  LENGTH;

  /** The name in files: {@code stop} or {@code length}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
