/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.Gate;

/** The gates of the families. */
final class Gates {
  private Gates() {}

  static Gate of(ModelConfig config) {
    return switch (config.style().activation()) {
      case SILU -> Gate.SILU;
      case GELU_TANH -> Gate.GELU_TANH;
    };
  }
}
