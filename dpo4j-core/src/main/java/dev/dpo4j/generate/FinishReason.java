/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.Locale;

/** Why an answer ended. */
public enum FinishReason {
  /** By a token that ends answers, by a stop string, or because its form is complete. */
  STOP,
  /** By the limit of new tokens. */
  LENGTH,
  /** Because nobody wants it any more. */
  CANCELLED;

  /** The name in files: {@code stop}, {@code length} or {@code cancelled}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
