/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import java.util.Locale;

/** In which order an epoch visits the rows (option {@code train_sampling_strategy}). */
public enum SamplingStrategy {
  /** A new random order every epoch, a function of the seed and the epoch alone. */
  RANDOM,
  /** The order of the file, every epoch. */
  SEQUENTIAL;

  /** The name in a configuration. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
