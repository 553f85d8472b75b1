/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

/** Decoders that find no memory for long sequences. */
public final class ScarceMemory {
  private ScarceMemory() {}

  /** Makes a decoder whose sequences cannot have more tokens than that. */
  public static Decoder decoder(CausalLm model, int sequences, int tokens) {
    model.decoder(1).close(); // Prepares the weights.
    KvMemory memory =
        new KvMemory(
            model.config(),
            room -> {
              if (room > tokens) {
                throw new OutOfMemoryError("no memory for " + room + " tokens");
              }
              return KvMemory.take(model.config(), sequences, room);
            });
    return new Decoder(model, new KvCache(model.config(), sequences, false, memory));
  }
}
