/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import org.jspecify.annotations.Nullable;

/** A container of weights that holds some of them packed. */
public interface PackedSource {

  /** Reads a matrix as it is held; null where it is held as plain numbers. */
  @Nullable PackedWeight packed(String name);
}
