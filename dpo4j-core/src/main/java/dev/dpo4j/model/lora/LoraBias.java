/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import java.util.Locale;

/** Which biases of the model are trained beside an adapter; the names are PEFT's. */
public enum LoraBias {
  /** No bias. */
  NONE,
  /** All biases of the model. */
  ALL,
  /** The biases of the layers that have an adapter. */
  LORA_ONLY;

  /** The name in {@code adapter_config.json}. */
  public String peftName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
