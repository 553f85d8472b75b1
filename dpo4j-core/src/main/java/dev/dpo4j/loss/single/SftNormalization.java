/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

import java.util.Locale;

/** What the log-loss of the chosen answers is divided by; tools differ, so it has a name. */
public enum SftNormalization {
  /** By the number of all chosen tokens of the optimizer batch. */
  TOKEN_MEAN,
  /** Each answer's by its own tokens, then by the number of answers. */
  SEQUENCE_MEAN,
  /** By the number of answers alone. */
  SUM;

  /** The name in a configuration. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
