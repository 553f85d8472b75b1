/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

import java.util.List;

/**
 * The size of a model.
 *
 * @param parameters all of them
 * @param layers decoder layers
 */
record ModelSize(String name, double parameters, int layers) {
  /** The sizes of Qwen2.5-0.5B, Qwen2.5-7B and Llama-3.1-70B. */
  static final List<ModelSize> KNOWN =
      List.of(
          new ModelSize("0.5B", 0.494e9, 24),
          new ModelSize("7B", 7.62e9, 28),
          new ModelSize("70B", 70.6e9, 80));
}
