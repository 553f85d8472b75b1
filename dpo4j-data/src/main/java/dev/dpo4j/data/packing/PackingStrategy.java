/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.packing;

import dev.dpo4j.config.OptionChoice;

/** How sequences are put into packs of a fixed size; the names are those of TRL. */
public enum PackingStrategy implements OptionChoice {
  /** The longest first, each into the fullest pack that has room; what is too long is cut. */
  BFD,
  /** As {@link #BFD}, but what is too long is split, and its parts are packed by themselves. */
  BFD_SPLIT,
  /** An older name of {@link #BFD_SPLIT}. */
  BFD_REQUEUE,
  /** As {@link #BFD} in TRL 0.19.1, whose search overlooks room unless the size is a power of 2. */
  FFD,
  /** One sequence after the other, cut where a pack is full; they see each other. */
  WRAPPED;

  @Override
  public String configName() {
    return this == BFD_REQUEUE ? "bfd-requeue" : OptionChoice.super.configName();
  }
}
